-- Clients and apps are told no positions any more: of a log without holes, those that they are not
-- told of would be seen from those that they are. What they were told before is still taken.

CREATE TABLE head_at_upgrade (
  practice_id uuid NOT NULL,
  position bigint NOT NULL,
  CONSTRAINT head_at_upgrade_pkey PRIMARY KEY (practice_id)
);

COMMENT ON TABLE head_at_upgrade IS
  'How far the log of each practice had come when clients and apps ceased to be told positions: up '
  'to there a position that they send as a number is taken. Written once; a practice that was made '
  'later has no row.';

INSERT INTO head_at_upgrade (practice_id, position)
SELECT practice_id, position
FROM practice_log;

CREATE TRIGGER head_at_upgrade_is_append_only
BEFORE UPDATE OR DELETE OR TRUNCATE ON head_at_upgrade
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

ALTER TABLE head_at_upgrade ENABLE ALWAYS TRIGGER head_at_upgrade_is_append_only;

REVOKE ALL ON head_at_upgrade FROM PUBLIC;
GRANT SELECT ON head_at_upgrade TO cairn_runtime;

-- A message that was numbered before goes on under the id that it had, which told its position, so
-- that a receiver who has it knows it again. Every other has an id that tells none.
ALTER TABLE outbox.subscription
ADD COLUMN last_number_at_upgrade bigint NOT NULL DEFAULT 0;

UPDATE outbox.subscription
SET last_number_at_upgrade = last_number;
