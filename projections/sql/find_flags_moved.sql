-- Of practices that were read up to an event ($2, $3): those in which something about safety flags
-- has happened since, or whose log is another than it was.
SELECT u.practice_id
FROM unnest($1::uuid[], $2::bigint[], $3::uuid[]) AS u (practice_id, position, command_id)
WHERE EXISTS (
    SELECT
    FROM event_log e
    WHERE e.practice_id = u.practice_id
      AND e.category IN ('safety_flag', 'practice')
      AND e.position > u.position
  )
  OR NOT EXISTS (
    SELECT
    FROM event_log e
    WHERE e.practice_id = u.practice_id
      AND e.position = u.position
      AND e.command_id = u.command_id
  )
