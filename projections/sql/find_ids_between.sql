-- $1 practice, $2 category of the streams, $3 first id, $4 last id, $5 how many at most.
SELECT stream_id
FROM event_log
WHERE practice_id = $1
  AND stream_id >= $3::uuid
  AND stream_id <= $4::uuid
  AND category = $2
  AND version = 1
ORDER BY stream_id
LIMIT $5
