-- How many practices have a log, and what the database's clock says.
SELECT count(*) AS practices, clock_timestamp() AS database_now
FROM practice_log
