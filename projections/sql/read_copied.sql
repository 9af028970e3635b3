-- How many rows of the log a copy has taken that is under way in this database.
SELECT max(p.tuples_processed)
FROM pg_stat_progress_copy p
WHERE p.datname = current_database() AND p.relid = 'public.event_log'::regclass
