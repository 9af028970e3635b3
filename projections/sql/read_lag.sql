-- How many events each view is behind, over all practices. A view that says it has come to where the
-- log has not is behind by all of that log, and makes up for none of another.
SELECT
  v.view,
  coalesce(
    sum(p.position - CASE WHEN c.position <= p.position THEN c.position ELSE 0 END), 0
  )::bigint AS behind
FROM unnest($1::text[]) AS v (view)
CROSS JOIN practice_log p
LEFT JOIN views.checkpoint c ON c.practice_id = p.practice_id AND c.view = v.view
GROUP BY v.view
