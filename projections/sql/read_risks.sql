SELECT client_id, goal_id
FROM views.goal_status
WHERE practice_id = $1
  AND client_id = ANY ($2)
  AND stage = 'active'
  AND passes_at > $3
  AND risk_at <= $3
ORDER BY client_id, risk_at, goal_id
