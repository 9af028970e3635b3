-- How far the logs of practices with safety flags have come, in the order of their ids, after one.
SELECT p.practice_id, p.position, p.recorded_at, now() AS asked_at
FROM practice_log p
WHERE p.practice_id > $1
  AND EXISTS (
    SELECT
    FROM event_log e
    WHERE e.practice_id = p.practice_id AND e.category = 'safety_flag'
  )
ORDER BY p.practice_id
LIMIT $2
