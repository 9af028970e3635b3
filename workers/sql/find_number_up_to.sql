-- $1 practice, $2 subscription, $3 position of the log.
-- The last number that a subscription has given to an event up to a position of the log.
SELECT coalesce(max(number), 0)
FROM outbox.delivery
WHERE practice_id = $1 AND subscription_id = $2 AND position <= $3
