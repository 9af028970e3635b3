INSERT INTO data_key (practice_id, subject_id, wrapped)
VALUES ($1, $2, $3)
ON CONFLICT DO NOTHING
