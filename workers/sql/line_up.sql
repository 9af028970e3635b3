-- After something was put back into the row: the first of each key is due, the others wait.
UPDATE outbox.delivery d
SET due_at = CASE WHEN d.number = f.first THEN coalesce(d.due_at, $3) END
FROM (
  SELECT order_key, min(number) AS first
  FROM outbox.delivery
  WHERE practice_id = $1 AND subscription_id = $2 AND stage = 'waiting'
  GROUP BY order_key
) f
WHERE d.practice_id = $1
  AND d.subscription_id = $2
  AND d.stage = 'waiting'
  AND d.order_key = f.order_key
  AND (d.number = f.first) IS DISTINCT FROM (d.due_at IS NOT NULL)
