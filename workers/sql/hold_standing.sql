SELECT
  stage, version, planned, last_number, failures, failing_since, open_until, open_for_seconds,
  last_success_at, last_number_at_upgrade
FROM outbox.subscription
WHERE practice_id = $1 AND subscription_id = $2
FOR UPDATE
