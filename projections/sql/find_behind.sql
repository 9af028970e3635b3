SELECT p.practice_id
FROM practice_log p
LEFT JOIN (
  SELECT practice_id, min(position) AS position, count(*) AS views
  FROM views.checkpoint
  WHERE view = ANY ($1)
  GROUP BY practice_id
) c USING (practice_id)
WHERE p.position > 0
  AND (c.views IS DISTINCT FROM cardinality($1::text[]) OR c.position < p.position)
LIMIT $2
