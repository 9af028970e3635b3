-- $1 practice, $2 subscription, $3 holder, $4 number of the lease, $5 length of a lease in
-- milliseconds. There is no row where the lease is lost. Until the transaction ends nobody else can
-- take the lease; Postgres ends a transaction in which nothing is said for longer than a lease.
SELECT
  stage, version, planned, last_number, failures, failing_since, open_until, open_for_seconds,
  last_success_at, last_number_at_upgrade,
  set_config('idle_in_transaction_session_timeout', $5, true)
FROM outbox.subscription
WHERE practice_id = $1 AND subscription_id = $2 AND lease_holder = $3 AND lease_number = $4
FOR UPDATE
