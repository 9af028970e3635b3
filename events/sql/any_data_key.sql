SELECT practice_id, subject_id, wrapped
FROM data_key
LIMIT 1
