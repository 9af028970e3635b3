DELETE FROM views.set_aside
WHERE practice_id = $1 AND client_id = ANY ($2)
