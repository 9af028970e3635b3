-- Once resumed, nothing waits for a later try.
UPDATE outbox.delivery
SET due_at = $3
WHERE practice_id = $1
  AND subscription_id = $2
  AND stage = 'waiting'
  AND due_at > $3
