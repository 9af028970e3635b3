-- Of whom something is set aside for which of the views $1: by another release than $2, or by any
-- ($3), of a client or of the practice itself. In an order that goes on after $4, $5, $6.
SELECT DISTINCT practice_id, view, coalesce(client_id, practice_id) AS subject_id
FROM views.set_aside
WHERE view = ANY ($1)
  AND ($3 OR release <> $2)
  AND (practice_id, view, coalesce(client_id, practice_id)) > (
    coalesce($4::uuid, '00000000-0000-0000-0000-000000000000'),
    coalesce($5::text, ''),
    coalesce($6::uuid, '00000000-0000-0000-0000-000000000000')
  )
ORDER BY practice_id, view, subject_id
LIMIT $7
