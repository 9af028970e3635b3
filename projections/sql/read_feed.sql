-- A practice's log between two positions, those of the types asked for, without what is sealed.
SELECT position, stream_id, version, category, client_id, type, occurred_at, recorded_at
FROM event_log
WHERE practice_id = $1
  AND position > $2
  AND position <= $3
  AND type = ANY ($4)
ORDER BY position
LIMIT $5
