-- $1 practice, $2 ids of streams.
-- For each id the ids of streams that come before and after it in the practice's log.
SELECT
  i.id,
  (
    SELECT e.stream_id
    FROM event_log e
    WHERE e.practice_id = $1 AND e.stream_id < i.id
    ORDER BY e.stream_id DESC
    LIMIT 1
  ) AS before,
  (
    SELECT e.stream_id
    FROM event_log e
    WHERE e.practice_id = $1 AND e.stream_id > i.id
    ORDER BY e.stream_id
    LIMIT 1
  ) AS after
FROM unnest($2::uuid[]) AS i (id)
