-- As many of these events as there is room for: at most $6 of a practice and view.
INSERT INTO views.set_aside (practice_id, view, position, client_id, stream_id, type, why, release)
SELECT $1, $2, e.position, e.client_id, e.stream_id, e.type, u.why, $5
FROM unnest($3::bigint[], $4::text[]) AS u (position, why)
JOIN event_log e ON e.practice_id = $1 AND e.position = u.position
ORDER BY e.position
LIMIT (
  SELECT greatest(0, $6::bigint - count(*))
  FROM views.set_aside s
  WHERE s.practice_id = $1 AND s.view = $2 AND s.position <> ALL ($3)
)
ON CONFLICT (practice_id, view, position) DO UPDATE
SET why = excluded.why, release = excluded.release
