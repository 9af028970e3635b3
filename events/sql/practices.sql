SELECT practice_id
FROM practice_log
ORDER BY practice_id
LIMIT $1
