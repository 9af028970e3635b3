-- One for each practice that there is, and never another.
INSERT INTO id_key (practice_id, wrapped)
SELECT practice_id, $2
FROM practice_log
WHERE practice_id = $1
ON CONFLICT DO NOTHING
