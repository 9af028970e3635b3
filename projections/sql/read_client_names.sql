-- $1 practice, $2 ids of clients, or null for all of them.
SELECT client_id, body
FROM views.caseload
WHERE practice_id = $1 AND ($2::uuid[] IS NULL OR client_id = ANY ($2))
ORDER BY client_id
