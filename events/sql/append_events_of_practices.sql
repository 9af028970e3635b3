SELECT a.practice_id, a.head_before, a.refused, a.database_now, pg_notify('cairn_log', '')
FROM append_events_of_practices($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) a
