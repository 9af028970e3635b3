SELECT min(due_at)
FROM outbox.delivery
WHERE practice_id = $1
  AND subscription_id = $2
  AND stage = 'waiting'
  AND due_at IS NOT NULL
  AND order_key <> ALL ($3)
