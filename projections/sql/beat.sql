-- Note what a process did last. $1: its id. $2: its kind. $3: activities; $4: how many seconds ago
-- each of them was. The database's clock counts.
INSERT INTO heartbeat (process_id, kind, activity, last_at)
SELECT $1, $2, u.activity, clock_timestamp() - make_interval(secs => u.seconds)
FROM unnest($3::text[], $4::float8[]) AS u (activity, seconds)
ON CONFLICT (process_id, activity) DO UPDATE
SET last_at = excluded.last_at
