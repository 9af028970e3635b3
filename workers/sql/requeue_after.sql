UPDATE outbox.delivery
SET stage = 'waiting', tries = 0, due_at = NULL, settled_at = NULL
WHERE practice_id = $1
  AND subscription_id = $2
  AND position > $3
  AND stage IN ('delivered', 'dead')
