-- What was on record at an instant ends where the log had come to then: also what is dated later
-- belongs to it, where a wrong clock had dated it and the clock was corrected before that instant.
SELECT
  position, stream_id, version, category, client_id, type, body,
  actor, command_id, correlation, occurred_at, recorded_at, clock_doubted
FROM event_log
WHERE practice_id = $1 AND client_id = $2 AND position > $3
  AND (
    $5::timestamptz IS NULL
    OR recorded_at <= $5
    OR position < (
      SELECT max(c.position)
      FROM event_log c
      WHERE c.practice_id = $1
        AND c.category = 'practice'
        AND c.stream_id = $1
        AND c.type = 'practice.clock_corrected.v1'
        AND c.recorded_at <= $5
    )
  )
ORDER BY position
LIMIT $4
