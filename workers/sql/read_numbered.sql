SELECT
  d.number, d.goal_id,
  e.position, e.stream_id, e.version, e.category, e.client_id, e.type, e.occurred_at, e.recorded_at
FROM outbox.delivery d
JOIN event_log e ON e.practice_id = d.practice_id AND e.position = d.position
WHERE d.practice_id = $1 AND d.subscription_id = $2 AND d.number > $3
ORDER BY d.number
LIMIT $4
