-- What came of attempts: delivered, dead, or to be tried again at due_at. A replay may have put
-- others of its key before it meanwhile: then it waits behind them.
UPDATE outbox.delivery d
SET
  stage = u.stage,
  attempts = d.attempts + 1,
  tries = d.tries + 1,
  due_at = CASE
    WHEN NOT EXISTS (
      SELECT 1
      FROM outbox.delivery w
      WHERE w.practice_id = $1
        AND w.subscription_id = $2
        AND w.stage = 'waiting'
        AND w.order_key = d.order_key
        AND w.number < d.number
    )
    THEN u.due_at
  END,
  settled_at = CASE WHEN u.stage = 'waiting' THEN NULL ELSE $3::timestamptz END
FROM unnest($4::bigint[], $5::text[], $6::timestamptz[]) AS u (number, stage, due_at)
WHERE d.practice_id = $1 AND d.subscription_id = $2 AND d.number = u.number
