-- What is wrong with the views $1, over all practices: since when, and in how many practices. $2:
-- for how long a view may lack an event. $3: how many events a view may set aside of a practice
-- before it stands still there. The database does not know since when a checkpoint is ahead.
WITH checkpoint AS (
  SELECT
    p.practice_id,
    p.position AS head,
    CASE WHEN c.position <= p.position THEN c.position ELSE 0 END AS reached,
    c.position > p.position AS is_ahead
  FROM unnest($1::text[]) AS v (view)
  CROSS JOIN practice_log p
  LEFT JOIN views.checkpoint c ON c.practice_id = p.practice_id AND c.view = v.view
),
aside AS (
  SELECT s.practice_id, min(s.since) AS since, count(*) >= $3 AS is_full
  FROM views.set_aside s
  WHERE s.view = ANY ($1)
  GROUP BY s.practice_id, s.view
)
SELECT 'view_behind' AS what, min(e.recorded_at) AS since, count(DISTINCT b.practice_id) AS practices
FROM checkpoint b
CROSS JOIN LATERAL (
  SELECT n.recorded_at
  FROM event_log n
  WHERE n.practice_id = b.practice_id AND n.position = b.reached + 1
  LIMIT 1
) e
WHERE b.reached < b.head AND e.recorded_at < clock_timestamp() - $2::interval
UNION ALL
SELECT 'checkpoint_ahead', NULL, count(DISTINCT b.practice_id)
FROM checkpoint b
WHERE b.is_ahead
UNION ALL
SELECT 'event_set_aside', min(a.since), count(DISTINCT a.practice_id)
FROM aside a
UNION ALL
SELECT 'view_stands_still', min(a.since), count(DISTINCT a.practice_id)
FROM aside a
WHERE a.is_full
