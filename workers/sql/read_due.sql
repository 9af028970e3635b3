-- $1 practice, $2 subscription, $3 now, $4 order keys under way, $5 limit, $6 holder, $7 number of
-- the lease. What may be sent now: the first of each key, those under way left out; nothing where
-- the lease is lost.
SELECT
  d.number, d.order_key, d.goal_id, d.attempts, d.tries,
  e.position, e.stream_id, e.version, e.category, e.client_id, e.type, e.body,
  e.actor, e.command_id, e.correlation, e.occurred_at, e.recorded_at, e.clock_doubted
FROM outbox.delivery d
JOIN event_log e ON e.practice_id = d.practice_id AND e.position = d.position
WHERE d.practice_id = $1
  AND d.subscription_id = $2
  AND d.stage = 'waiting'
  AND d.due_at <= $3
  AND d.order_key <> ALL ($4)
  AND EXISTS (
    SELECT
    FROM outbox.subscription s
    WHERE s.practice_id = $1
      AND s.subscription_id = $2
      AND s.lease_holder = $6
      AND s.lease_number = $7
  )
ORDER BY d.due_at, d.number
LIMIT $5
