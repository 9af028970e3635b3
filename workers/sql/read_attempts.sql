SELECT attempt, at, outcome, status, milliseconds, disclosed
FROM outbox.attempt
WHERE practice_id = $1 AND subscription_id = $2 AND number = $3
ORDER BY attempt DESC
LIMIT $4
