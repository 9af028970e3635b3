SELECT
  position, stream_id, version, category, client_id, type, body,
  actor, command_id, correlation, occurred_at, recorded_at, clock_doubted
FROM event_log
WHERE practice_id = $1 AND category = $2 AND stream_id = $3
ORDER BY version
