SELECT c.client_id, c.body
FROM views.caseload c
WHERE c.practice_id = $1
  AND (
    $2::boolean IS NULL
    OR $2 = (
      c.attention
      OR EXISTS (
        SELECT
        FROM views.goal_status g
        WHERE g.practice_id = $1
          AND g.client_id = c.client_id
          AND (
            g.no_longer_met
            OR g.stage = 'active'
            AND g.passes_at > $3::timestamptz
            AND g.risk_at <= $3
          )
      )
      OR EXISTS (
        SELECT
        FROM views.tracking t
        WHERE t.practice_id = $1
          AND t.client_id = c.client_id
          AND t.attention_at <= $3
      )
    )
  )
  -- A keyset that the index can use, whether or not there is a first page before.
  AND c.client_id >= coalesce($4::uuid, '00000000-0000-0000-0000-000000000000')
  AND c.client_id IS DISTINCT FROM $4
ORDER BY c.client_id
LIMIT $5
