-- Checkpoints of these views that lie behind the end of their practice's log: there is no such
-- event. Somebody restored the log alone, or wrote the checkpoint by hand.
SELECT c.practice_id, c.view, c.position, coalesce(p.position, 0) AS head
FROM views.checkpoint c
LEFT JOIN practice_log p USING (practice_id)
WHERE c.view = ANY ($1) AND c.position > coalesce(p.position, 0)
ORDER BY c.practice_id, c.view
LIMIT $2
