-- Clients after one ($2), or a single one ($3), of whom the caseload has no row, because it could not
-- take the event that would have made it.
SELECT
  u.client_id,
  (
    SELECT e.occurred_at
    FROM event_log e
    WHERE e.practice_id = $1 AND e.client_id = u.client_id
    ORDER BY e.position
    LIMIT 1
  ) AS enrolled_at
FROM (
  SELECT DISTINCT s.client_id
  FROM views.set_aside s
  WHERE s.practice_id = $1
    AND s.view = 'caseload'
    AND s.type LIKE 'client.enrolled.%'
    AND s.client_id >= coalesce($3, $2, '00000000-0000-0000-0000-000000000000'::uuid)
    AND s.client_id IS DISTINCT FROM $2::uuid
    AND ($3::uuid IS NULL OR s.client_id = $3)
    AND NOT EXISTS (
      SELECT
      FROM views.caseload c
      WHERE c.practice_id = $1 AND c.client_id = s.client_id
    )
) u
ORDER BY u.client_id
LIMIT $4
