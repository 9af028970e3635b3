UPDATE views.checkpoint
SET position = $3, updated_at = now()
WHERE practice_id = $1 AND view = ANY ($2) AND position < $3
