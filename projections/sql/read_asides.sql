-- Where what lies that a practice's views $2 have set aside, and of whom.
SELECT view, position, client_id
FROM views.set_aside
WHERE practice_id = $1 AND view = ANY ($2)
ORDER BY view, position
LIMIT $3
