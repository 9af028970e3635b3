UPDATE outbox.subscription
SET
  failures = $3,
  failing_since = $4,
  open_until = $5,
  open_for_seconds = $6,
  last_success_at = $7
WHERE practice_id = $1 AND subscription_id = $2
