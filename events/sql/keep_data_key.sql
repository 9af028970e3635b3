-- Not for whom the log knows already: a key that was destroyed stays destroyed.
INSERT INTO data_key (practice_id, subject_id, wrapped)
SELECT $1, $2, $3
WHERE NOT EXISTS (
  SELECT
  FROM event_log e
  WHERE e.practice_id = $1 AND e.client_id = $2
)
ON CONFLICT DO NOTHING
