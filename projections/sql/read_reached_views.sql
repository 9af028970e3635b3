-- How far each of the views $2 has come in a practice's log, and no farther than that goes.
SELECT c.view, least(c.position, p.position) AS position
FROM views.checkpoint c
JOIN practice_log p USING (practice_id)
WHERE c.practice_id = $1 AND c.view = ANY ($2)
ORDER BY c.view
