SELECT suggestion_id, client_id, body
FROM views.suggestion_queue
WHERE practice_id = $1
  AND status = ANY ($2)
  AND offered_position > coalesce(
    (
      SELECT s.offered_position
      FROM views.suggestion_queue s
      WHERE s.practice_id = $1 AND s.suggestion_id = $3
    ),
    0
  )
ORDER BY offered_position
LIMIT $4
