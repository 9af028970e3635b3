-- How many practices have a log, since when the log's end is doubted, and the database's clock.
SELECT
  count(*) AS practices,
  clock_timestamp() AS database_now,
  (SELECT e.doubted_at FROM epoch e ORDER BY e.number DESC LIMIT 1) AS doubted_at
FROM practice_log
