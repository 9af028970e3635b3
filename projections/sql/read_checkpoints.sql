-- How far the first of these views has come in each practice's log, and no farther than that goes.
SELECT c.practice_id, least(max(c.position), coalesce(max(p.position), 0)) AS position
FROM views.checkpoint c
LEFT JOIN practice_log p USING (practice_id)
WHERE c.view = ANY ($1)
GROUP BY c.practice_id
