INSERT INTO views.checkpoint (practice_id, view)
SELECT p.practice_id, v.view
FROM practice_log p
CROSS JOIN unnest($2::text[]) AS v (view)
WHERE p.practice_id = $1
ON CONFLICT DO NOTHING
