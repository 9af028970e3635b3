-- The goals of these clients ($2), and the goals of these ids ($3).
SELECT goal_id, client_id, body
FROM views.goal_status
WHERE practice_id = $1
  AND (client_id = ANY ($2::uuid[]) OR goal_id = ANY ($3::uuid[]))
  AND stage IS NOT NULL
ORDER BY goal_id
