-- $1 length of a lease in milliseconds.
-- Draw a key and hold its advisory lock in this session. Postgres ends the session, and with it the
-- lock, where nothing is said on it for the length of a lease.
WITH drawn AS MATERIALIZED (
  SELECT hashtextextended(gen_random_uuid()::text, 0) AS holder
)
SELECT
  holder,
  pg_try_advisory_lock(holder),
  set_config('idle_session_timeout', $1, false)
FROM drawn
