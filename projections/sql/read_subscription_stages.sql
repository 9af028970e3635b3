-- What people and workers have decided about the subscriptions of the practice $1, of the types $2.
SELECT
  e.position, e.stream_id, e.version, e.category, e.client_id, e.type, e.body,
  e.actor, e.command_id, e.correlation, e.occurred_at, e.recorded_at, e.clock_doubted
FROM event_log s
JOIN event_log e
ON e.practice_id = s.practice_id AND e.category = s.category AND e.stream_id = s.stream_id
WHERE s.practice_id = $1
  AND s.category = 'subscription'
  AND s.version = 1
  AND e.type = ANY ($2)
ORDER BY e.stream_id, e.version
