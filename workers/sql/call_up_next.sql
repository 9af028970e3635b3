-- The first that waits of each of these keys may be sent: the one before it is settled.
UPDATE outbox.delivery d
SET due_at = $4
FROM (
  SELECT
    (
      SELECT w.number
      FROM outbox.delivery w
      WHERE w.practice_id = $1
        AND w.subscription_id = $2
        AND w.stage = 'waiting'
        AND w.order_key = k.order_key
      ORDER BY w.number
      LIMIT 1
    ) AS number
  FROM unnest($3::uuid[]) AS k (order_key)
) first
WHERE d.practice_id = $1
  AND d.subscription_id = $2
  AND d.number = first.number
  AND d.due_at IS NULL
