SELECT goal_id, client_id, body
FROM views.goal_status
WHERE practice_id = $1
  AND client_id = $2
  AND stage IS NOT NULL
  AND ($3::text IS NULL OR stage = $3)
  AND (
    $4::text IS NULL
    OR stage = 'active' AND $4 = CASE
      WHEN passes_at <= $6 THEN 'past_its_date'
      WHEN risk_at <= $6 THEN 'at_risk'
      ELSE 'on_course'
    END
  )
  AND ($5::date IS NULL OR due_on < $5)
  -- A keyset that the index can use, whether or not there is a first page before.
  AND goal_id >= coalesce($7::uuid, '00000000-0000-0000-0000-000000000000')
  AND goal_id IS DISTINCT FROM $7
ORDER BY goal_id
LIMIT $8
