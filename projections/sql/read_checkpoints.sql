SELECT practice_id, max(position) AS position
FROM views.checkpoint
WHERE view = ANY ($1)
GROUP BY practice_id
