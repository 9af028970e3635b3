-- The suggestions to these clients ($2) in these statuses ($3), and those of these ids ($4).
SELECT suggestion_id, client_id, body
FROM views.suggestion_queue
WHERE practice_id = $1
  AND (
    client_id = ANY ($2::uuid[]) AND status = ANY ($3::text[])
    OR suggestion_id = ANY ($4::uuid[])
  )
ORDER BY offered_position
