-- A practice's log between two positions, those of the types asked for, without what is sealed;
-- and those of types that are not known here: it ends before the first that a newer release wrote.
SELECT position, stream_id, version, category, client_id, type, occurred_at, recorded_at
FROM event_log
WHERE practice_id = $1
  AND position > $2
  AND position <= $3
  AND (type = ANY ($4) OR type <> ALL ($6))
ORDER BY position
LIMIT $5
