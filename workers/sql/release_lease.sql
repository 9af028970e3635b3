-- $1 practice, $2 subscription, $3 holder, $4 number of the lease.
UPDATE outbox.subscription
SET lease_holder = NULL
WHERE practice_id = $1 AND subscription_id = $2 AND lease_holder = $3 AND lease_number = $4
