SELECT practice_id, client_id, goal_id, due_on, passes_at AS since_at
FROM views.goal_status
WHERE deadline_moved
  AND (passes_at, practice_id, goal_id) > (
    coalesce($1::timestamptz, '-infinity'),
    coalesce($2::uuid, '00000000-0000-0000-0000-000000000000'),
    coalesce($3::uuid, '00000000-0000-0000-0000-000000000000')
  )
ORDER BY passes_at, practice_id, goal_id
LIMIT $4
