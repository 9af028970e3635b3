-- The processes of the installation, and when each last did what it is there for. Whoever asks how
-- the service does (/readyz, /metrics, `cairn doctor`) sees here that a process is missing or stuck.

CREATE TABLE heartbeat (
  process_id uuid NOT NULL,
  activity text NOT NULL,
  kind text NOT NULL,
  last_at timestamptz NOT NULL,
  CONSTRAINT heartbeat_pkey PRIMARY KEY (process_id, activity),
  CONSTRAINT heartbeat_kind CHECK (kind IN ('api', 'projector', 'worker'))
) WITH (fillfactor = 50);

COMMENT ON TABLE heartbeat IS
  'A row per process and activity: when the process was last seen alive (activity alive), and when '
  'a worker last ended each of its sweeps (activity: the name of the sweep). By the database''s '
  'clock. Nothing depends on it but what is told of the processes.';

GRANT SELECT, INSERT, UPDATE, DELETE ON heartbeat TO cairn_runtime;
