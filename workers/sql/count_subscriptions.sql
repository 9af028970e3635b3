SELECT
  count(*) FILTER (WHERE stage = 'active') AS active,
  count(*) FILTER (WHERE stage = 'paused') AS paused,
  count(*) FILTER (WHERE stage = 'disabled') AS disabled
FROM outbox.subscription
