SELECT flag_id, client_id, body
FROM views.safety_queue
WHERE practice_id = $1
  AND flag_id = $2
