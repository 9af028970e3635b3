-- The ids of a category's streams ($2) from one ($3) to another ($4), at most so many ($5).
SELECT stream_id
FROM event_log
WHERE practice_id = $1
  AND stream_id >= $3::uuid
  AND stream_id <= $4::uuid
  AND category = $2
  AND version = 1
ORDER BY stream_id
LIMIT $5
