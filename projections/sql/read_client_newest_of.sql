-- $1 practice, $2 client, $3 position before which events are read, $4 how many at most, $5 their
-- types. As events/sql/read_client_newest.sql, but only events of these types.
SELECT
  position, stream_id, version, category, client_id, type, body,
  actor, command_id, correlation, occurred_at, recorded_at, clock_doubted
FROM event_log
WHERE practice_id = $1 AND client_id = $2 AND position < $3 AND type = ANY ($5)
ORDER BY position DESC
LIMIT $4
