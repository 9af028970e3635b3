SELECT subject_id, wrapped
FROM data_key
WHERE practice_id = $1 AND subject_id = ANY ($2)
