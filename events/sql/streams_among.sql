SELECT stream_id
FROM event_log
WHERE practice_id = $1 AND category = $2 AND stream_id = ANY ($3) AND version = 1
