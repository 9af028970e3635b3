SELECT practice_id, position, recorded_at, now() AS asked_at
FROM practice_log
WHERE position > 0
ORDER BY practice_id
LIMIT $1
