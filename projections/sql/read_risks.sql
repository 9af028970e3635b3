SELECT client_id, goal_id, CASE WHEN no_longer_met THEN 'no_longer_met' ELSE 'at_risk' END AS kind
FROM views.goal_status
WHERE practice_id = $1
  AND client_id = ANY ($2)
  AND (
    no_longer_met
    OR stage = 'active'
    AND passes_at > $3
    AND risk_at <= $3
  )
ORDER BY client_id, risk_at, goal_id
