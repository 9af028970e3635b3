-- Events of the types that a subscription tells, and the tests of that very subscription; and those
-- of types that are not known here. What a newer release wrote is left to a worker of that release.
SELECT
  position, stream_id, version, category, client_id, type, body,
  actor, command_id, correlation, occurred_at, recorded_at, clock_doubted
FROM event_log
WHERE practice_id = $1
  AND position > $2
  AND position <= $3
  AND (type = ANY ($4) OR type <> ALL ($8) OR (type = $6 AND stream_id = $5))
ORDER BY position
LIMIT $7
