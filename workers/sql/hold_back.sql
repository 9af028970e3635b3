-- After something was put back into the row: what is no longer the first of its key is not due.
UPDATE outbox.delivery d
SET due_at = NULL
WHERE d.practice_id = $1
  AND d.subscription_id = $2
  AND d.stage = 'waiting'
  AND d.due_at IS NOT NULL
  AND d.number <> (
    SELECT w.number
    FROM outbox.delivery w
    WHERE w.practice_id = $1
      AND w.subscription_id = $2
      AND w.stage = 'waiting'
      AND w.order_key = d.order_key
    ORDER BY w.number
    LIMIT 1
  )
