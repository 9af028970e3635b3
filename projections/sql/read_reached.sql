-- How far one view has come, and how far the first of the views $3 in this practice: no farther than
-- the log goes, whatever a checkpoint says.
SELECT
  coalesce(max(least(c.position, p.position)) FILTER (WHERE c.view = $2), 0) AS position,
  coalesce(max(least(c.position, p.position)), 0) AS lead,
  coalesce(bool_or(c.position > p.position) FILTER (WHERE c.view = $2), false) AS is_ahead
FROM views.checkpoint c
JOIN practice_log p USING (practice_id)
WHERE c.practice_id = $1 AND c.view = ANY ($3)
