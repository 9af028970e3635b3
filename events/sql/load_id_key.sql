SELECT wrapped
FROM id_key
WHERE practice_id = $1
