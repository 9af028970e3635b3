SELECT count(*)
FROM outbox.subscription
WHERE practice_id = $1 AND stage = 'disabled'
