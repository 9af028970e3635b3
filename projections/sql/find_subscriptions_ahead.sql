-- $1 how many at most.
-- Subscriptions for which more of the log has been looked through than there is: they tell nothing
-- until the log is as long, and leave out what comes until then.
SELECT
  s.practice_id, s.subscription_id AS stream_id, s.planned AS position,
  coalesce(h.position, 0) AS head
FROM outbox.subscription s
LEFT JOIN practice_log h ON h.practice_id = s.practice_id
WHERE s.stage <> 'deleted' AND s.planned > coalesce(h.position, 0)
ORDER BY s.practice_id, s.subscription_id
LIMIT $1
