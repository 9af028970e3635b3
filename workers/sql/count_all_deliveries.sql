-- Over all subscriptions that have not been deleted: their letters are nobody's any more.
-- Counted by their indexes: what was delivered long ago is not looked at.
SELECT
  coalesce(sum(w.count), 0)::bigint AS waiting,
  coalesce(sum(g.count), 0)::bigint AS dead
FROM outbox.subscription s
CROSS JOIN LATERAL (
  SELECT count(*)
  FROM outbox.delivery d
  WHERE d.practice_id = s.practice_id
    AND d.subscription_id = s.subscription_id
    AND d.stage = 'waiting'
) w
CROSS JOIN LATERAL (
  SELECT count(*)
  FROM outbox.delivery d
  WHERE d.practice_id = s.practice_id
    AND d.subscription_id = s.subscription_id
    AND d.stage = 'dead'
) g
WHERE s.stage <> 'deleted'
