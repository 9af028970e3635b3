-- Forget the processes that have not been seen alive for longer than $1.
DELETE FROM heartbeat h
WHERE NOT EXISTS (
  SELECT
  FROM heartbeat a
  WHERE a.process_id = h.process_id
    AND a.activity = 'alive'
    AND a.last_at >= clock_timestamp() - $1::interval
)
