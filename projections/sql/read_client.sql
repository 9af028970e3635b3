SELECT client_id, body
FROM views.caseload
WHERE practice_id = $1 AND client_id = $2
