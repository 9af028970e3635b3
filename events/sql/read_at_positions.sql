SELECT
  position, stream_id, version, category, client_id, type, body,
  actor, command_id, correlation, occurred_at, recorded_at, clock_doubted
FROM event_log
WHERE practice_id = $1 AND position = ANY ($2)
ORDER BY position
