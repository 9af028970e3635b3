-- The current epoch, and whether the log still has an event that was seen to be its newest.
-- $1, $2, $3: the practice, the position and the time of recording of that event; nulls at first.
SELECT
  e.number,
  e.epoch,
  e.drawn_at,
  e.doubted_at,
  pg_is_in_recovery() AS is_standby,
  $1::uuid IS NULL OR EXISTS (
    SELECT
    FROM event_log l
    WHERE l.practice_id = $1 AND l.position = $2::bigint AND l.recorded_at = $3::timestamptz
  ) AS has_witness,
  newest.practice_id,
  newest.position,
  newest.recorded_at
FROM epoch e
LEFT JOIN LATERAL (
  SELECT l.practice_id, l.position, l.recorded_at
  FROM (
    SELECT h.practice_id, h.position
    FROM practice_log h
    WHERE h.position > 0
    ORDER BY h.recorded_at DESC
    LIMIT 1
  ) last
  JOIN event_log l ON l.practice_id = last.practice_id AND l.position = last.position
) newest ON true
ORDER BY e.number DESC
LIMIT 1
