-- Where a practice's safety flags were raised, newest first, before a position.
SELECT position, client_id
FROM event_log
WHERE practice_id = $1 AND category = 'safety_flag' AND type = ANY ($2) AND position < $3
ORDER BY position DESC
LIMIT $4
