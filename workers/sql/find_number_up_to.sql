-- The last number that a subscription has given to an event up to a position of the log.
SELECT coalesce(max(number), 0)
FROM outbox.delivery
WHERE practice_id = $1 AND subscription_id = $2 AND position <= $3
