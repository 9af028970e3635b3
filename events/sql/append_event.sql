SELECT
  append_event($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) AS recorded_position,
  clock_timestamp() AS database_now,
  pg_notify('cairn_log', $1::text)
