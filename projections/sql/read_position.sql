SELECT CASE WHEN count(*) = cardinality($2::text[]) THEN min(position) END
FROM views.checkpoint
WHERE practice_id = $1 AND view = ANY ($2)
