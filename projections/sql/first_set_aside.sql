-- Where the first event lies that the view $2 has set aside of a practice.
SELECT min(position)
FROM views.set_aside
WHERE practice_id = $1 AND view = $2
