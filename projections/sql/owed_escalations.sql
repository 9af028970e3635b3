SELECT practice_id, client_id, flag_id, next_at AS since_at
FROM views.safety_queue
WHERE next_at IS NOT NULL
  AND next_at <= $5::timestamptz
  AND (next_at, practice_id, flag_id) > (
    coalesce($1::timestamptz, '-infinity'),
    coalesce($2::uuid, '00000000-0000-0000-0000-000000000000'),
    coalesce($3::uuid, '00000000-0000-0000-0000-000000000000')
  )
ORDER BY next_at, practice_id, flag_id
LIMIT $4
