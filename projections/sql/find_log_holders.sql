-- Transactions of others that keep writers out of the log: out of all of it (is_whole), or out of a
-- practice whose head they hold. An append holds it for milliseconds. What vacuum, an analysis and
-- an index that is built concurrently hold keeps nobody out.
SELECT
  l.virtualtransaction AS holder,
  bool_or(l.mode NOT IN ('RowShareLock', 'RowExclusiveLock')) AS is_whole,
  clock_timestamp() AS database_now
FROM pg_locks l
WHERE l.locktype = 'relation'
  AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
  AND l.granted
  AND l.pid IS DISTINCT FROM pg_backend_pid()
  AND (
    l.relation = 'public.practice_log'::regclass
    OR (
      l.relation = 'public.event_log'::regclass
      AND l.mode NOT IN ('RowShareLock', 'RowExclusiveLock')
    )
  )
  AND l.mode NOT IN ('AccessShareLock', 'ShareUpdateExclusiveLock')
GROUP BY l.virtualtransaction
