SELECT
  d.number, d.position, d.goal_id, d.stage, d.attempts, d.due_at, d.settled_at,
  e.type, e.client_id, e.stream_id,
  a.at AS last_at, a.outcome AS last_outcome, a.status AS last_status
FROM outbox.delivery d
JOIN event_log e ON e.practice_id = d.practice_id AND e.position = d.position
LEFT JOIN outbox.attempt a
ON a.practice_id = d.practice_id
  AND a.subscription_id = d.subscription_id
  AND a.number = d.number
  AND a.attempt = d.attempts
WHERE d.practice_id = $1
  AND d.subscription_id = $2
  AND ($3::text IS NULL OR d.stage = $3)
  AND d.number < coalesce($4::bigint, 9223372036854775807)
ORDER BY d.number DESC
LIMIT $5
