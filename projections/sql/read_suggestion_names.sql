-- $1 practice, $2 clients and $3 statuses of their suggestions, $4 ids of suggestions that are
-- read as well.
SELECT suggestion_id, client_id, body
FROM views.suggestion_queue
WHERE practice_id = $1
  AND (
    client_id = ANY ($2::uuid[]) AND status = ANY ($3::text[])
    OR suggestion_id = ANY ($4::uuid[])
  )
ORDER BY offered_position
