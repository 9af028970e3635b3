-- What came of attempts: delivered, dead, or to be tried again at due_at, unless something before
-- it was put back into the row meanwhile. What somebody else has noted is not noted again.
UPDATE outbox.delivery d
SET
  stage = u.stage,
  attempts = d.attempts + 1,
  tries = d.tries + 1,
  due_at = CASE
    WHEN u.due_at IS NULL THEN NULL
    WHEN EXISTS (
      SELECT
      FROM outbox.delivery w
      WHERE w.practice_id = $1
        AND w.subscription_id = $2
        AND w.stage = 'waiting'
        AND w.order_key = d.order_key
        AND w.number < d.number
    ) THEN NULL
    ELSE u.due_at
  END,
  settled_at = CASE WHEN u.stage = 'waiting' THEN NULL ELSE $3::timestamptz END
FROM unnest($4::bigint[], $5::integer[], $6::text[], $7::timestamptz[])
  AS u (number, attempt, stage, due_at)
WHERE d.practice_id = $1
  AND d.subscription_id = $2
  AND d.number = ANY ($4)
  AND d.number = u.number
  AND d.attempts = u.attempt - 1
