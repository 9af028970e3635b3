-- When the processes of each kind last did something, whichever of them did, and how many of them
-- did it since $1 ago.
SELECT
  kind,
  activity,
  max(last_at) AS last_at,
  count(*) FILTER (WHERE last_at >= clock_timestamp() - $1::interval) AS processes
FROM heartbeat
GROUP BY kind, activity
