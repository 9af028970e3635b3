-- Some keys of the record: where none of them opens, the master key is another's.
SELECT practice_id, subject_id, wrapped
FROM data_key
LIMIT 10
