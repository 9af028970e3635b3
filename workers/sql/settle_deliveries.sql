-- What came of attempts: delivered, dead, or to be tried again at due_at.
UPDATE outbox.delivery d
SET
  stage = u.stage,
  attempts = d.attempts + 1,
  tries = d.tries + 1,
  due_at = u.due_at,
  settled_at = CASE WHEN u.stage = 'waiting' THEN NULL ELSE $3::timestamptz END
FROM unnest($4::bigint[], $5::text[], $6::timestamptz[]) AS u (number, stage, due_at)
WHERE d.practice_id = $1 AND d.subscription_id = $2 AND d.number = u.number
