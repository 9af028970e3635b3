-- Clients after one ($2), or a single one ($3), of whom the caseload has no row: it could not take the
-- event that would have made it, or a safety flag is open ($5, by the log) and the row is gone. Who is
-- asked for alone is there as soon as the view has passed their enrolment, whatever became of the row.
SELECT u.client_id
FROM (
  SELECT s.client_id
  FROM views.set_aside s
  WHERE s.practice_id = $1 AND s.view = 'caseload' AND s.type LIKE 'client.enrolled.%'
  UNION
  SELECT f.client_id
  FROM unnest($5::uuid[]) AS f (client_id)
  UNION
  SELECT e.stream_id
  FROM event_log e
  JOIN views.checkpoint c ON c.practice_id = e.practice_id AND c.view = 'caseload'
  WHERE e.practice_id = $1
    AND e.stream_id = $3::uuid
    AND e.category = 'client'
    AND e.version = 1
    AND e.position <= c.position
) u
WHERE u.client_id >= coalesce($3, $2, '00000000-0000-0000-0000-000000000000'::uuid)
  AND u.client_id IS DISTINCT FROM $2::uuid
  AND ($3::uuid IS NULL OR u.client_id = $3)
  AND NOT EXISTS (
    SELECT
    FROM views.caseload c
    WHERE c.practice_id = $1 AND c.client_id = u.client_id
  )
ORDER BY u.client_id
LIMIT $4
