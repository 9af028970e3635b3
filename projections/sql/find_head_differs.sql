-- Practices whose log does not end where their head says, and the last event of each.
-- $1: how many are named at most. Each practice of the log is found by one look at its index.
WITH RECURSIVE of_log AS (
  (SELECT e.practice_id FROM event_log e ORDER BY e.practice_id LIMIT 1)
  UNION ALL
  SELECT (
    SELECT e.practice_id
    FROM event_log e
    WHERE e.practice_id > o.practice_id
    ORDER BY e.practice_id
    LIMIT 1
  )
  FROM of_log o
  WHERE o.practice_id IS NOT NULL
)
SELECT practice_id, coalesce(last.position, 0) AS position, coalesce(h.position, 0) AS head
FROM (SELECT o.practice_id FROM of_log o WHERE o.practice_id IS NOT NULL) logs
FULL JOIN practice_log h USING (practice_id)
LEFT JOIN LATERAL (
  SELECT e.position
  FROM event_log e
  WHERE e.practice_id = coalesce(logs.practice_id, h.practice_id)
  ORDER BY e.position DESC
  LIMIT 1
) last ON true
WHERE coalesce(last.position, 0) <> coalesce(h.position, 0)
ORDER BY practice_id
LIMIT $1
