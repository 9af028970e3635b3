SELECT goal_id, client_id, body
FROM views.goal_status
WHERE practice_id = $1 AND goal_id = $2 AND stage IS NOT NULL
