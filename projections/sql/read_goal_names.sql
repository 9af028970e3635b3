-- $1 practice, $2 clients whose goals are read, $3 ids of goals that are read as well.
SELECT goal_id, client_id, body
FROM views.goal_status
WHERE practice_id = $1
  AND (client_id = ANY ($2::uuid[]) OR goal_id = ANY ($3::uuid[]))
  AND stage IS NOT NULL
ORDER BY goal_id
