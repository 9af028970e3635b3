-- $1 practice, $2 subscription.
-- Whether somebody holds the lease: whether a session holds the lock of the holder's key.
SELECT EXISTS (
  SELECT
  FROM outbox.subscription s
  JOIN pg_locks l ON (l.classid::bigint << 32 | l.objid::bigint) = s.lease_holder
  JOIN pg_database d ON d.oid = l.database
  WHERE s.practice_id = $1
    AND s.subscription_id = $2
    AND d.datname = current_database()
    AND l.locktype = 'advisory'
    AND l.objsubid = 1
    AND l.granted
)
