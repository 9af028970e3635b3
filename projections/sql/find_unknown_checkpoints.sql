-- Checkpoints of views that are none of $1.
SELECT practice_id, view, position
FROM views.checkpoint
WHERE view <> ALL ($1)
ORDER BY practice_id, view
LIMIT $2
