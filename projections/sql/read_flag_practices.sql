-- Practices that have safety flags: in the log, or in the view alone.
SELECT p.practice_id
FROM practice_log p
WHERE EXISTS (
  SELECT
  FROM event_log e
  WHERE e.practice_id = p.practice_id AND e.category = 'safety_flag'
)
UNION
SELECT DISTINCT practice_id
FROM views.safety_queue
ORDER BY practice_id
