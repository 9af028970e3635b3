-- What a view has passed over: an event that does not open, or that its fold could not take. The
-- row is written in the transaction that moves the checkpoint on.

CREATE TABLE views.set_aside (
  practice_id uuid NOT NULL,
  view text NOT NULL,
  position bigint NOT NULL,
  client_id uuid,
  stream_id uuid NOT NULL,
  type text NOT NULL,
  why text NOT NULL,
  release text NOT NULL,
  since timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT set_aside_pkey PRIMARY KEY (practice_id, view, position)
);

CREATE INDEX set_aside_client ON views.set_aside (practice_id, client_id, view);

COMMENT ON TABLE views.set_aside IS
  'Events that a view passes over: where they lie, the name of the exception that says why, and the '
  'release that set them aside.';

ALTER TABLE views.set_aside OWNER TO cairn_runtime;

-- Goals, again from the log: what lies beside them (a client's scores, moods and sessions) has keys
-- that no goal can have.
--
-- The caseload, too: which safety flags are open is read from the log, and no row says so any more.
-- And the queue of flags, whose rows say when a flag was recorded: `cairn doctor` compares them.
TRUNCATE views.goal_status, views.caseload, views.safety_queue;

DELETE FROM views.checkpoint
WHERE view IN ('goal_status', 'caseload', 'safety_queue');

-- What decides which safety flags are open, and whom to ask: read from the log, whatever a view says.
CREATE INDEX event_log_flags ON event_log (practice_id, position)
WHERE category IN ('safety_flag', 'practice');
