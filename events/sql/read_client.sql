SELECT
  position, stream_id, version, category, client_id, type, body,
  actor, command_id, correlation, occurred_at, recorded_at
FROM event_log
WHERE practice_id = $1 AND client_id = $2 AND position > $3
  AND ($5::timestamptz IS NULL OR recorded_at <= $5)
ORDER BY position
LIMIT $4
