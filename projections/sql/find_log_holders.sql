-- Transactions of others that keep writers out of the log: out of all of it (is_whole), or out of a
-- practice whose head they hold. An append holds it for milliseconds. Vacuum, an analysis and an
-- index that is built concurrently keep nobody out: where vacuum takes the whole table, it gives way.
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
  AND l.mode <> 'AccessShareLock'
GROUP BY l.virtualtransaction
HAVING NOT bool_or(l.mode = 'ShareUpdateExclusiveLock')
