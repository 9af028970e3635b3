SELECT practice_id
FROM practice_log
WHERE practice_id > $1
ORDER BY practice_id
LIMIT $2
