SELECT client_id, body
FROM views.goal_attainment
WHERE practice_id = $1 AND client_id = $2
