SELECT position
FROM views.checkpoint
WHERE practice_id = $1 AND view = $2
FOR UPDATE
