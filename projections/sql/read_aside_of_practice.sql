-- What the view $2 has set aside of a practice and no client, as the log has it.
SELECT
  e.position, e.stream_id, e.version, e.category, e.client_id, e.type, e.body,
  e.actor, e.command_id, e.correlation, e.occurred_at, e.recorded_at, e.clock_doubted
FROM views.set_aside s
JOIN event_log e ON e.practice_id = s.practice_id AND e.position = s.position
WHERE s.practice_id = $1 AND s.view = $2 AND s.client_id IS NULL
ORDER BY e.position
LIMIT $3
