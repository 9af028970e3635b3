-- A row per client, and from when on the clinician is asked to look because scores have not moved,
-- have got worse, or were not recorded.

CREATE TABLE views.tracking (
  practice_id uuid NOT NULL,
  client_id uuid NOT NULL,
  attention_at timestamptz,
  position bigint NOT NULL,
  body bytea NOT NULL,
  CONSTRAINT tracking_pkey PRIMARY KEY (practice_id, client_id)
);

ALTER TABLE views.tracking ALTER COLUMN body SET STORAGE EXTERNAL;
ALTER TABLE views.tracking OWNER TO cairn_runtime;
