-- Which of a practice's streams $3 of a category $2 have an event of the types $4.
SELECT DISTINCT stream_id
FROM event_log
WHERE practice_id = $1 AND category = $2 AND stream_id = ANY ($3) AND type = ANY ($4)
