-- Which number an event has for a subscription, if it is told.
SELECT number
FROM outbox.delivery
WHERE practice_id = $1 AND subscription_id = $2 AND position = $3
