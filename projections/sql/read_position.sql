-- How far the last of these views has come. A view that says it has come to where the log has not
-- counts as one that has not begun: nobody knows what it has.
SELECT
  CASE
    WHEN count(*) FILTER (WHERE c.position <= p.position) = cardinality($2::text[])
      THEN min(c.position)
  END
FROM views.checkpoint c
JOIN practice_log p USING (practice_id)
WHERE c.practice_id = $1 AND c.view = ANY ($2)
