-- Two views more: how far each client's goals were attained, and the calendar of sessions.

CREATE TABLE views.session_calendar (
  practice_id uuid NOT NULL,
  session_id uuid NOT NULL,
  client_id uuid NOT NULL,
  starts_at timestamptz NOT NULL,
  stage text NOT NULL,
  position bigint NOT NULL,
  body bytea NOT NULL,
  CONSTRAINT session_calendar_pkey PRIMARY KEY (practice_id, session_id)
);

CREATE INDEX session_calendar_client
ON views.session_calendar (practice_id, client_id, starts_at, session_id);

CREATE TABLE views.goal_attainment (
  practice_id uuid NOT NULL,
  client_id uuid NOT NULL,
  position bigint NOT NULL,
  body bytea NOT NULL,
  CONSTRAINT goal_attainment_pkey PRIMARY KEY (practice_id, client_id)
);

-- What is sealed does not get smaller: no time is spent on trying.
ALTER TABLE views.session_calendar ALTER COLUMN body SET STORAGE EXTERNAL;
ALTER TABLE views.goal_attainment ALTER COLUMN body SET STORAGE EXTERNAL;

ALTER TABLE views.session_calendar OWNER TO cairn_runtime;
ALTER TABLE views.goal_attainment OWNER TO cairn_runtime;
