SELECT session_id, client_id, body
FROM views.session_calendar
WHERE practice_id = $1
  AND client_id = $2
  AND starts_at < $3
  AND ($4::text IS NULL OR stage = $4)
  -- A keyset that the index can use, whether or not there is a first page before.
  AND (starts_at, session_id) < (
    coalesce(
      (
        SELECT s.starts_at
        FROM views.session_calendar s
        WHERE s.practice_id = $1 AND s.session_id = $5
      ),
      'infinity'
    ),
    coalesce($5::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
  )
ORDER BY starts_at DESC, session_id DESC
LIMIT $6
