-- What followed the first event of a client's entries $3 in the categories $2, one beside the other.
-- An id is an entry's within its category alone: anybody may have given it to something else.
SELECT l.category, l.stream_id, array_agg(l.type ORDER BY l.version) AS types
FROM unnest($2::text[], $3::uuid[]) AS entry (category, stream_id)
JOIN event_log l
ON l.practice_id = $1
  AND l.category = entry.category
  AND l.stream_id = entry.stream_id
  AND l.version > 1
GROUP BY l.category, l.stream_id
