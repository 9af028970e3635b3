-- Over all subscriptions that have not been deleted: their letters are nobody's any more.
SELECT
  count(*) FILTER (WHERE d.stage = 'waiting') AS waiting,
  count(*) FILTER (WHERE d.stage = 'dead') AS dead
FROM outbox.delivery d
JOIN outbox.subscription s USING (practice_id, subscription_id)
WHERE s.stage <> 'deleted'
  AND d.stage IN ('waiting', 'dead')
