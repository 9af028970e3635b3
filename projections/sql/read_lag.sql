SELECT
  v.view,
  (
    (SELECT coalesce(sum(p.position), 0) FROM practice_log p)
    - (SELECT coalesce(sum(c.position), 0) FROM views.checkpoint c WHERE c.view = v.view)
  )::bigint AS behind
FROM unnest($1::text[]) AS v (view)
