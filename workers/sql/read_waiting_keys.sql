SELECT DISTINCT order_key
FROM outbox.delivery
WHERE practice_id = $1
  AND subscription_id = $2
  AND stage = 'waiting'
  AND order_key = ANY ($3)
