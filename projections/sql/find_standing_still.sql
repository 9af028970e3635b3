-- The views $1 that have set aside as much of a practice as they may ($2): they stand still there.
SELECT practice_id, view, max(position) AS position, min(since) AS since
FROM views.set_aside
WHERE view = ANY ($1)
GROUP BY practice_id, view
HAVING count(*) >= $2
ORDER BY practice_id, view
