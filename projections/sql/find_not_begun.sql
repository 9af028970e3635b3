-- Views (of $1) that have no checkpoint in a practice, although others have one, or although its log
-- began more than a minute ago: a projector would have made it within seconds.
SELECT p.practice_id, v.view, p.position AS head
FROM practice_log p
CROSS JOIN unnest($1::text[]) AS v (view)
WHERE p.position > 0
  AND NOT EXISTS (
    SELECT
    FROM views.checkpoint c
    WHERE c.practice_id = p.practice_id AND c.view = v.view
  )
  AND (
    EXISTS (
      SELECT
      FROM views.checkpoint c
      WHERE c.practice_id = p.practice_id AND c.view = ANY ($1)
    )
    OR EXISTS (
      SELECT
      FROM event_log e
      WHERE e.practice_id = p.practice_id
        AND e.position = 1
        AND e.recorded_at < now() - interval '1 minute'
    )
  )
ORDER BY p.practice_id, v.view
LIMIT $2
