-- Whether any process holds the lock by which a subscription is served (see try_lock.sql).
SELECT EXISTS (
  SELECT
  FROM pg_locks l
  JOIN pg_database d ON d.oid = l.database
  WHERE d.datname = current_database()
    AND l.locktype = 'advisory'
    AND l.objsubid = 1
    AND l.granted
    AND (l.classid::bigint << 32 | l.objid::bigint) = hashtextextended($1::uuid::text || $2::uuid::text, 0)
)
