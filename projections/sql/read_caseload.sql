-- Those who wait, or do not ($2): for what their row says, for what depends on the hour ($3), for a
-- safety flag ($6 are the clients of whom one is open, by the log), or for something not shown.
SELECT c.client_id, c.body
FROM views.caseload c
WHERE c.practice_id = $1
  AND (
    $2::boolean IS NULL
    OR $2 = (
      c.attention
      OR c.client_id = ANY ($6::uuid[])
      OR EXISTS (
        SELECT
        FROM views.set_aside s
        WHERE s.practice_id = $1 AND s.client_id = c.client_id AND s.view = ANY ($7)
      )
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
