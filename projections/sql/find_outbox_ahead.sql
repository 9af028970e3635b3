-- Subscriptions for which the log was looked through to where there is no event.
SELECT
  s.practice_id,
  s.subscription_id AS stream_id,
  s.planned AS position,
  coalesce(h.position, 0) AS head
FROM outbox.subscription s
LEFT JOIN practice_log h USING (practice_id)
WHERE s.planned > coalesce(h.position, 0)
ORDER BY s.practice_id, s.subscription_id
LIMIT $1
