-- How far one view has come, and how far the first of the practice's views.
SELECT
  coalesce(max(position) FILTER (WHERE view = $2), 0) AS position,
  coalesce(max(position), 0) AS lead
FROM views.checkpoint
WHERE practice_id = $1
