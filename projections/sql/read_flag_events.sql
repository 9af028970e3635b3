-- What decides which safety flags of a practice are open and when somebody is asked about one: the
-- events of its flags and its own, from a position on.
SELECT
  position, stream_id, version, category, client_id, type, body,
  actor, command_id, correlation, occurred_at, recorded_at, clock_doubted
FROM event_log
WHERE practice_id = $1 AND category IN ('safety_flag', 'practice') AND position >= $2
ORDER BY position
LIMIT $3
