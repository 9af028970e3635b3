SELECT position
FROM practice_log
WHERE practice_id = $1
