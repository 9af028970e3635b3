-- The views: rows that projections build from the log, each sealed with its client's key. In clear
-- lies only what queries filter and sort by. All of it can be built again from the log.

-- The run-time role owns the schema: a rebuild makes a new table beside the old and swaps them.
CREATE SCHEMA views AUTHORIZATION cairn_runtime;

CREATE TABLE views.checkpoint (
  practice_id uuid NOT NULL,
  view text NOT NULL,
  position bigint NOT NULL DEFAULT 0,
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT checkpoint_pkey PRIMARY KEY (practice_id, view)
) WITH (fillfactor = 50);

COMMENT ON TABLE views.checkpoint IS
  'How far each view has come in each practice''s log. Whoever locks the rows does the work.';

-- A row per goal. Rows without a stage hold the scores of a client, which goals are judged by.
CREATE TABLE views.goal_status (
  practice_id uuid NOT NULL,
  goal_id uuid NOT NULL,
  client_id uuid NOT NULL,
  stage text,
  due_on date,
  passes_at timestamptz,
  risk_at timestamptz,
  deadline_noticed boolean NOT NULL,
  risk_noticed boolean NOT NULL,
  suggestions_owed boolean NOT NULL,
  suggestions_outdated boolean NOT NULL,
  position bigint NOT NULL,
  body bytea NOT NULL,
  CONSTRAINT goal_status_pkey PRIMARY KEY (practice_id, goal_id)
);

CREATE INDEX goal_status_client ON views.goal_status (practice_id, client_id, goal_id);

-- What workers are owed. Each index holds only what is waiting, so a sweep costs what is due.
CREATE INDEX goal_status_deadline ON views.goal_status (passes_at, practice_id, goal_id)
WHERE stage = 'active' AND NOT deadline_noticed;

CREATE INDEX goal_status_risk ON views.goal_status (risk_at, practice_id, goal_id)
WHERE stage = 'active' AND NOT risk_noticed AND NOT deadline_noticed;

CREATE INDEX goal_status_owed ON views.goal_status (passes_at, practice_id, goal_id)
WHERE suggestions_owed;

CREATE INDEX goal_status_outdated ON views.goal_status (passes_at, practice_id, goal_id)
WHERE suggestions_outdated;

CREATE TABLE views.mood_trend (
  practice_id uuid NOT NULL,
  mood_id uuid NOT NULL,
  client_id uuid NOT NULL,
  occurred_at timestamptz NOT NULL,
  position bigint NOT NULL,
  body bytea NOT NULL,
  CONSTRAINT mood_trend_pkey PRIMARY KEY (practice_id, mood_id)
);

CREATE INDEX mood_trend_client ON views.mood_trend (practice_id, client_id, occurred_at);

CREATE TABLE views.assessment_trend (
  practice_id uuid NOT NULL,
  assessment_id uuid NOT NULL,
  client_id uuid NOT NULL,
  occurred_at timestamptz NOT NULL,
  position bigint NOT NULL,
  body bytea NOT NULL,
  CONSTRAINT assessment_trend_pkey PRIMARY KEY (practice_id, assessment_id)
);

CREATE INDEX assessment_trend_client
ON views.assessment_trend (practice_id, client_id, occurred_at);

CREATE TABLE views.caseload (
  practice_id uuid NOT NULL,
  client_id uuid NOT NULL,
  attention boolean NOT NULL,
  position bigint NOT NULL,
  body bytea NOT NULL,
  CONSTRAINT caseload_pkey PRIMARY KEY (practice_id, client_id)
);

CREATE TABLE views.suggestion_queue (
  practice_id uuid NOT NULL,
  suggestion_id uuid NOT NULL,
  client_id uuid NOT NULL,
  status text NOT NULL,
  offered_position bigint NOT NULL,
  position bigint NOT NULL,
  body bytea NOT NULL,
  CONSTRAINT suggestion_queue_pkey PRIMARY KEY (practice_id, suggestion_id)
);

CREATE INDEX suggestion_queue_order
ON views.suggestion_queue (practice_id, status, offered_position);

CREATE INDEX suggestion_queue_client
ON views.suggestion_queue (practice_id, client_id, offered_position);

-- What is sealed does not get smaller: no time is spent on trying.
ALTER TABLE views.goal_status ALTER COLUMN body SET STORAGE EXTERNAL;
ALTER TABLE views.mood_trend ALTER COLUMN body SET STORAGE EXTERNAL;
ALTER TABLE views.assessment_trend ALTER COLUMN body SET STORAGE EXTERNAL;
ALTER TABLE views.caseload ALTER COLUMN body SET STORAGE EXTERNAL;
ALTER TABLE views.suggestion_queue ALTER COLUMN body SET STORAGE EXTERNAL;

ALTER TABLE views.checkpoint OWNER TO cairn_runtime;
ALTER TABLE views.goal_status OWNER TO cairn_runtime;
ALTER TABLE views.mood_trend OWNER TO cairn_runtime;
ALTER TABLE views.assessment_trend OWNER TO cairn_runtime;
ALTER TABLE views.caseload OWNER TO cairn_runtime;
ALTER TABLE views.suggestion_queue OWNER TO cairn_runtime;
