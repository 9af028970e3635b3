INSERT INTO views.checkpoint (practice_id, view, position)
SELECT u.practice_id, v.view, u.position
FROM unnest($1::uuid[], $2::bigint[]) AS u (practice_id, position)
CROSS JOIN unnest($3::text[]) AS v (view)
ON CONFLICT (practice_id, view) DO UPDATE SET position = excluded.position, updated_at = now()
