SELECT recorded_at
FROM practice_log
WHERE practice_id = $1
