-- What was set aside of these clients (of the practice, where no client is concerned), and is not
-- any more.
DELETE FROM views.set_aside
WHERE practice_id = $1
  AND view = $2
  AND coalesce(client_id, practice_id) = ANY ($3)
  AND position <> ALL ($4)
