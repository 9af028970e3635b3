-- All that is recorded of the safety flags of some clients.
SELECT
  position, stream_id, version, category, client_id, type, body,
  actor, command_id, correlation, occurred_at, recorded_at, clock_doubted
FROM event_log
WHERE practice_id = $1 AND category = 'safety_flag' AND client_id = ANY ($2)
ORDER BY position
