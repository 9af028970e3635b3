UPDATE outbox.subscription
SET stage = $3, version = $4, planned = $5, last_number = $6
WHERE practice_id = $1 AND subscription_id = $2
