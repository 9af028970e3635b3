-- After something was put back into the row: the first of each key is due.
-- From key to key by the index: just before, the statistics knew of nothing that waits, and a join
-- by their word takes hours for 100,000 rows.
WITH RECURSIVE first (order_key, number) AS (
  (
    SELECT w.order_key, w.number
    FROM outbox.delivery w
    WHERE w.practice_id = $1 AND w.subscription_id = $2 AND w.stage = 'waiting'
    ORDER BY w.order_key, w.number
    LIMIT 1
  )
  UNION ALL
  SELECT n.order_key, n.number
  FROM first f
  CROSS JOIN LATERAL (
    SELECT w.order_key, w.number
    FROM outbox.delivery w
    WHERE w.practice_id = $1
      AND w.subscription_id = $2
      AND w.stage = 'waiting'
      AND w.order_key > f.order_key
    ORDER BY w.order_key, w.number
    LIMIT 1
  ) n
)
UPDATE outbox.delivery d
SET due_at = $3
WHERE d.practice_id = $1
  AND d.subscription_id = $2
  AND d.due_at IS NULL
  AND d.number = ANY (ARRAY(SELECT f.number FROM first f))
