-- $1 practice, $2 position up to which the log has been looked through for a subscription.
-- How many events come after that position, and when the first of them was recorded.
SELECT
  greatest(0, h.position - $2::bigint) AS events,
  (
    SELECT e.recorded_at
    FROM event_log e
    WHERE e.practice_id = $1 AND e.position = $2::bigint + 1
  ) AS since
FROM practice_log h
WHERE h.practice_id = $1
