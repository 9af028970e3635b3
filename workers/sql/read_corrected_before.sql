-- The last correction of a wrong clock that was recorded before an instant.
SELECT max(position)
FROM event_log
WHERE practice_id = $1
  AND category = 'practice'
  AND stream_id = $1
  AND type = 'practice.clock_corrected.v1'
  AND recorded_at < $2
