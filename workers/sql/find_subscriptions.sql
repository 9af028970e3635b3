-- A practice's subscriptions, the oldest first; without those that the outbox knows were deleted.
SELECT e.stream_id AS subscription_id
FROM event_log e
LEFT JOIN outbox.subscription s
ON s.practice_id = e.practice_id AND s.subscription_id = e.stream_id
WHERE e.practice_id = $1
  AND e.category = 'subscription'
  AND e.version = 1
  AND s.stage IS DISTINCT FROM 'deleted'
ORDER BY e.position
LIMIT $2
