SELECT suggestion_id, client_id, body
FROM views.suggestion_queue
WHERE practice_id = $1 AND suggestion_id = $2
