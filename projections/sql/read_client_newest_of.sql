-- As events/sql/read_client_newest.sql has it, of the types $5 alone: those that whoever reads is told.
SELECT
  position, stream_id, version, category, client_id, type, body,
  actor, command_id, correlation, occurred_at, recorded_at, clock_doubted
FROM event_log
WHERE practice_id = $1 AND client_id = $2 AND position < $3 AND type = ANY ($5)
ORDER BY position DESC
LIMIT $4
