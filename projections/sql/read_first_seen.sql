-- When the first thing happened that the log has of these clients; without those it does not know,
-- and those whose key is gone.
SELECT u.client_id, e.occurred_at
FROM unnest($2::uuid[]) AS u (client_id)
JOIN data_key k ON k.practice_id = $1 AND k.subject_id = u.client_id
CROSS JOIN LATERAL (
  SELECT l.occurred_at
  FROM event_log l
  WHERE l.practice_id = $1 AND l.client_id = u.client_id
  ORDER BY l.position
  LIMIT 1
) e
ORDER BY u.client_id
