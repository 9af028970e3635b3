-- $1 holder, $2 and $3 practices and ids of subscriptions that are left alone, $4 how many at most.
-- Take the leases of subscriptions that nobody serves: of new ones, which get their row here, and of
-- those whose holder's lock is gone. A row that a transaction holds is left for the next look.
WITH holding AS MATERIALIZED (
  SELECT l.classid::bigint << 32 | l.objid::bigint AS holder
  FROM pg_locks l
  JOIN pg_database d ON d.oid = l.database
  WHERE d.datname = current_database()
    AND l.locktype = 'advisory'
    AND l.objsubid = 1
    AND l.granted
),
begun AS (
  INSERT INTO outbox.subscription (practice_id, subscription_id, lease_holder, lease_number)
  SELECT e.practice_id, e.stream_id, $1, 1
  FROM event_log e
  WHERE e.category = 'subscription'
    AND e.version = 1
    AND NOT EXISTS (
      SELECT
      FROM outbox.subscription s
      WHERE s.practice_id = e.practice_id AND s.subscription_id = e.stream_id
    )
  ORDER BY e.practice_id, e.stream_id
  LIMIT $4
  ON CONFLICT DO NOTHING
  RETURNING practice_id, subscription_id, lease_number
),
free AS MATERIALIZED (
  SELECT s.practice_id, s.subscription_id
  FROM outbox.subscription s
  WHERE s.stage <> 'deleted'
    AND (s.lease_holder IS NULL OR s.lease_holder NOT IN (SELECT h.holder FROM holding h))
    AND (s.practice_id, s.subscription_id) NOT IN (
      SELECT a.practice_id, a.subscription_id
      FROM unnest($2::uuid[], $3::uuid[]) AS a (practice_id, subscription_id)
    )
  ORDER BY s.practice_id, s.subscription_id
  LIMIT greatest(0, $4 - (SELECT count(*) FROM begun))
  FOR UPDATE OF s SKIP LOCKED
),
taken AS (
  UPDATE outbox.subscription s
  SET lease_holder = $1, lease_number = s.lease_number + 1
  FROM free f
  WHERE s.practice_id = f.practice_id AND s.subscription_id = f.subscription_id
  RETURNING s.practice_id, s.subscription_id, s.lease_number
)
SELECT practice_id, subscription_id, lease_number
FROM begun
UNION ALL
SELECT practice_id, subscription_id, lease_number
FROM taken
