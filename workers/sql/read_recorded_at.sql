SELECT recorded_at
FROM event_log
WHERE practice_id = $1 AND position = $2
