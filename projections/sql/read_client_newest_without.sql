-- As events/sql/read_client_newest.sql has it, without the types that whoever reads is not told.
SELECT
  position, stream_id, version, category, client_id, type, body,
  actor, command_id, correlation, occurred_at, recorded_at, clock_doubted
FROM event_log
WHERE practice_id = $1 AND client_id = $2 AND position < $3 AND type <> ALL ($5)
ORDER BY position DESC
LIMIT $4
