SELECT practice_id, position
FROM practice_log
WHERE position > 0 AND practice_id > $1
ORDER BY practice_id
LIMIT $2
