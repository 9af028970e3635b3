-- Subscriptions that have not been deleted, as far as the outbox knows: a page after one of them.
SELECT e.practice_id, e.stream_id AS subscription_id
FROM event_log e
LEFT JOIN outbox.subscription s
ON s.practice_id = e.practice_id AND s.subscription_id = e.stream_id
WHERE e.category = 'subscription'
  AND e.version = 1
  AND s.stage IS DISTINCT FROM 'deleted'
  AND (e.practice_id, e.stream_id) > ($1, $2)
ORDER BY e.practice_id, e.stream_id
LIMIT $3
