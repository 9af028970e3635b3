-- $1 practice, $2 subscription, $3 order keys under way, $4 holder, $5 number of the lease.
-- When the next delivery is due; there is no row where the lease is lost.
SELECT
  (
    SELECT min(d.due_at)
    FROM outbox.delivery d
    WHERE d.practice_id = $1
      AND d.subscription_id = $2
      AND d.stage = 'waiting'
      AND d.due_at IS NOT NULL
      AND d.order_key <> ALL ($3)
  ) AS due_at
FROM outbox.subscription s
WHERE s.practice_id = $1
  AND s.subscription_id = $2
  AND s.lease_holder = $4
  AND s.lease_number = $5
