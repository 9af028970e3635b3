SELECT goal_id, client_id, body
FROM views.goal_status
WHERE practice_id = $1
  AND (stage IN ('reached', 'closed', 'replaced') OR stage = 'active' AND deadline_noticed)
ORDER BY position DESC
LIMIT $2
OFFSET $3
