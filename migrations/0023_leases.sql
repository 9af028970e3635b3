-- A subscription is served by whoever holds its lease. The holder is named by the key of an advisory
-- lock that a session of the holder keeps: the lease lasts as long as that lock. The number grows by
-- one whenever somebody takes the lease, and whatever the holder writes has to name both. So a worker
-- that was stopped, and goes on when another one serves the subscription, changes nothing.
ALTER TABLE outbox.subscription
ADD COLUMN lease_holder bigint,
ADD COLUMN lease_number bigint NOT NULL DEFAULT 0;

COMMENT ON COLUMN outbox.subscription.lease_holder IS
  'The key of the advisory lock of whoever serves the subscription; nobody does where no session '
  'holds that lock.';
COMMENT ON COLUMN outbox.subscription.lease_number IS
  'How often the lease was taken: the fencing token that every write of its holder names.';
