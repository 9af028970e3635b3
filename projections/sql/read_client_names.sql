-- The rows of these clients ($2), or of all where that is null.
SELECT client_id, body
FROM views.caseload
WHERE practice_id = $1 AND ($2::uuid[] IS NULL OR client_id = ANY ($2))
ORDER BY client_id
