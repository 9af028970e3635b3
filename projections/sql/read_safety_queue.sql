SELECT flag_id, client_id, body
FROM views.safety_queue
WHERE practice_id = $1
  AND is_open = $2
  AND ($3::boolean IS NULL OR acknowledged = $3)
  -- By where it was raised, which never changes: nothing open is passed over between two pages.
  AND raised_position < coalesce($4::bigint, 4611686018427387904)
ORDER BY raised_position DESC
LIMIT $5
