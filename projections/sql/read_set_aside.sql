-- What is set aside for which of the views $1, the oldest first.
SELECT practice_id, view, position, client_id, stream_id, type, why, release, since
FROM views.set_aside
WHERE view = ANY ($1)
ORDER BY since, practice_id, position, view
LIMIT $2
