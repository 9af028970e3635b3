-- Keys of clients of whom the log has no event.
SELECT count(*)
FROM data_key k
WHERE k.subject_id <> k.practice_id
  AND NOT EXISTS (
    SELECT
    FROM event_log e
    WHERE e.practice_id = k.practice_id AND e.client_id = k.subject_id
  )
