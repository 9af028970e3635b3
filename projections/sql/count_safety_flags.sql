SELECT
  count(*) AS open,
  count(*) FILTER (WHERE NOT s.acknowledged) AS unacknowledged,
  coalesce(extract(epoch FROM now() - min(e.recorded_at)), 0)::float8 AS oldest_open_seconds,
  coalesce(
    extract(epoch FROM now() - min(e.recorded_at) FILTER (WHERE NOT s.acknowledged)), 0
  )::float8 AS oldest_unacknowledged_seconds
FROM views.safety_queue s
JOIN event_log e ON e.practice_id = s.practice_id AND e.position = s.raised_position
WHERE s.is_open
