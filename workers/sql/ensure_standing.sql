INSERT INTO outbox.subscription (practice_id, subscription_id)
VALUES ($1, $2)
ON CONFLICT DO NOTHING
