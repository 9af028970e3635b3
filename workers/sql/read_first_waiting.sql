-- What is sent first of those that are kept in order by a key.
SELECT number, due_at
FROM outbox.delivery
WHERE practice_id = $1
  AND subscription_id = $2
  AND stage = 'waiting'
  AND order_key = $3
ORDER BY number
LIMIT 1
