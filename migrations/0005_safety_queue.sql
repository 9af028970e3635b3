-- The queue of safety flags: a row per flag, sealed like every view.

CREATE TABLE views.safety_queue (
  practice_id uuid NOT NULL,
  flag_id uuid NOT NULL,
  client_id uuid NOT NULL,
  is_open boolean NOT NULL,
  acknowledged boolean NOT NULL,
  next_at timestamptz,
  raised_position bigint NOT NULL,
  position bigint NOT NULL,
  body bytea NOT NULL,
  CONSTRAINT safety_queue_pkey PRIMARY KEY (practice_id, flag_id)
);

CREATE INDEX safety_queue_order
ON views.safety_queue (practice_id, is_open, raised_position);

-- What workers are owed: it holds only what waits, so a sweep costs what is due.
CREATE INDEX safety_queue_next ON views.safety_queue (next_at, practice_id, flag_id)
WHERE next_at IS NOT NULL;

-- What is counted over all practices.
CREATE INDEX safety_queue_open ON views.safety_queue (practice_id, raised_position)
WHERE is_open;

-- What is sealed does not get smaller: no time is spent on trying.
ALTER TABLE views.safety_queue ALTER COLUMN body SET STORAGE EXTERNAL;

ALTER TABLE views.safety_queue OWNER TO cairn_runtime;
