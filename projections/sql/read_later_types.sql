SELECT stream_id, array_agg(type ORDER BY version) AS types
FROM event_log
WHERE practice_id = $1 AND stream_id = ANY ($2) AND version > 1
  AND category IN ('mood', 'check_in', 'assessment')
GROUP BY stream_id
