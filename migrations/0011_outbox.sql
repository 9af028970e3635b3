-- What subscriptions have told, and what they still have to: a row per event and subscription. The
-- log says what is to be told and to whom; what is remembered here is how far that has come.

CREATE SCHEMA outbox;

CREATE TABLE outbox.subscription (
  practice_id uuid NOT NULL,
  subscription_id uuid NOT NULL,
  stage text NOT NULL DEFAULT 'active',
  version integer NOT NULL DEFAULT 0,
  planned bigint NOT NULL DEFAULT 0,
  last_number bigint NOT NULL DEFAULT 0,
  failures integer NOT NULL DEFAULT 0,
  failing_since timestamptz,
  open_until timestamptz,
  open_for_seconds integer NOT NULL DEFAULT 0,
  last_success_at timestamptz,
  CONSTRAINT subscription_pkey PRIMARY KEY (practice_id, subscription_id)
) WITH (fillfactor = 50);

COMMENT ON TABLE outbox.subscription IS
  'How far each subscription has come: how many of its own events are applied (version), up to '
  'which position the log has been looked through (planned), and its circuit breaker.';

CREATE TABLE outbox.delivery (
  practice_id uuid NOT NULL,
  subscription_id uuid NOT NULL,
  number bigint NOT NULL,
  position bigint NOT NULL,
  order_key uuid NOT NULL,
  goal_id uuid,
  stage text NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  tries integer NOT NULL DEFAULT 0,
  due_at timestamptz,
  settled_at timestamptz,
  CONSTRAINT delivery_pkey PRIMARY KEY (practice_id, subscription_id, number),
  -- The position second: else, while statistics are young, it passes for a way to find a number.
  CONSTRAINT delivery_position UNIQUE (practice_id, position, subscription_id),
  CONSTRAINT delivery_stage CHECK (stage IN ('kept', 'waiting', 'delivered', 'dead'))
) WITH (fillfactor = 80);

COMMENT ON TABLE outbox.delivery IS
  'An event that a subscription tells. Of those that wait, the first of each order_key has a '
  'due_at; the others have none until it is settled. Attempts are all there were, tries those '
  'since it was last put in the row.';

-- What may be sent now costs what may be sent now, however much waits behind it.
CREATE INDEX delivery_due ON outbox.delivery (practice_id, subscription_id, due_at, number)
WHERE stage = 'waiting' AND due_at IS NOT NULL;

CREATE INDEX delivery_waiting ON outbox.delivery (practice_id, subscription_id, order_key, number)
WHERE stage = 'waiting';

CREATE INDEX delivery_dead ON outbox.delivery (practice_id, subscription_id, number)
WHERE stage = 'dead';

-- A backlog that has just been numbered is older than what the planner knows of the table: it would
-- look for what waits among all there is. Autovacuum comes within a minute; this comes at once.
CREATE FUNCTION outbox.analyze_deliveries() RETURNS void
LANGUAGE sql
SECURITY DEFINER
SET search_path = pg_catalog
AS 'ANALYZE outbox.delivery';

REVOKE ALL ON FUNCTION outbox.analyze_deliveries() FROM PUBLIC;

CREATE TABLE outbox.attempt (
  practice_id uuid NOT NULL,
  subscription_id uuid NOT NULL,
  number bigint NOT NULL,
  attempt integer NOT NULL,
  at timestamptz NOT NULL,
  outcome text NOT NULL,
  status smallint,
  milliseconds integer NOT NULL,
  disclosed boolean NOT NULL,
  CONSTRAINT attempt_pkey PRIMARY KEY (practice_id, subscription_id, number, attempt)
);

COMMENT ON TABLE outbox.attempt IS
  'Every attempt to deliver, and whether it disclosed what is in the event. Append-only.';

CREATE TRIGGER attempt_is_append_only
BEFORE UPDATE OR DELETE OR TRUNCATE ON outbox.attempt
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

ALTER TABLE outbox.attempt ENABLE ALWAYS TRIGGER attempt_is_append_only;

-- Which subscriptions there are is seen without looking through the log.
CREATE INDEX event_log_subscriptions ON event_log (practice_id, stream_id)
WHERE category = 'subscription' AND version = 1;

GRANT USAGE ON SCHEMA outbox TO cairn_runtime;
GRANT SELECT, INSERT, UPDATE ON outbox.subscription, outbox.delivery TO cairn_runtime;
GRANT SELECT, INSERT ON outbox.attempt TO cairn_runtime;
GRANT EXECUTE ON FUNCTION outbox.analyze_deliveries() TO cairn_runtime;
