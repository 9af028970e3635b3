-- Subscriptions that have not been deleted, by stage: how many nobody serves, how many events of the
-- log have not been looked at for them, and for how long the oldest of those events has waited, in
-- seconds. For a subscription that no worker has begun with that is all since it was made.
WITH holding AS MATERIALIZED (
  SELECT l.classid::bigint << 32 | l.objid::bigint AS holder
  FROM pg_locks l
  JOIN pg_database d ON d.oid = l.database
  WHERE d.datname = current_database()
    AND l.locktype = 'advisory'
    AND l.objsubid = 1
    AND l.granted
),
live AS (
  SELECT
    e.practice_id,
    coalesce(s.stage, 'active') AS stage,
    h.position AS head,
    CASE WHEN s.version > 0 THEN s.planned ELSE e.position - 1 END AS planned,
    s.lease_holder
  FROM event_log e
  JOIN practice_log h ON h.practice_id = e.practice_id
  LEFT JOIN outbox.subscription s
  ON s.practice_id = e.practice_id AND s.subscription_id = e.stream_id
  WHERE e.category = 'subscription'
    AND e.version = 1
    AND s.stage IS DISTINCT FROM 'deleted'
)
SELECT
  l.stage,
  count(*) FILTER (
    WHERE l.lease_holder IS NULL OR l.lease_holder NOT IN (SELECT h.holder FROM holding h)
  ) AS unserved,
  coalesce(sum(greatest(0, l.head - l.planned)), 0)::bigint AS behind,
  coalesce(max(extract(epoch FROM clock_timestamp() - o.recorded_at)), 0)::float8 AS behind_seconds
FROM live l
LEFT JOIN event_log o ON o.practice_id = l.practice_id AND o.position = l.planned + 1
GROUP BY l.stage
