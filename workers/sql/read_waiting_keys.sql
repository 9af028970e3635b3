-- Which of these keys have something that waits: one look at each, however much that is.
SELECT k.order_key
FROM unnest($3::uuid[]) AS k (order_key)
CROSS JOIN LATERAL (
  SELECT
  FROM outbox.delivery w
  WHERE w.practice_id = $1
    AND w.subscription_id = $2
    AND w.stage = 'waiting'
    AND w.order_key = k.order_key
  LIMIT 1
) w
