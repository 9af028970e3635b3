SELECT client_id, body
FROM views.tracking
WHERE practice_id = $1
  AND client_id = ANY ($2)
  AND attention_at <= $3
