-- $1 practice, $2 subscription, $3 holder, $4 number of the lease; $5 to $14 an event, as
-- append_event takes it from the stream on. There is no row, and nothing is appended, where the lease is lost.
WITH held AS MATERIALIZED (
  SELECT
  FROM outbox.subscription s
  WHERE s.practice_id = $1
    AND s.subscription_id = $2
    AND s.lease_holder = $3
    AND s.lease_number = $4
  FOR UPDATE
)
SELECT
  append_event($1, clock_timestamp(), $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) AS position,
  pg_notify('cairn_log', $1::text)
FROM held
