SELECT practice_id, position
FROM practice_log
WHERE position > 0
ORDER BY practice_id
