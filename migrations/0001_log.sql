-- The log: one row per event, one dense order per practice, nothing ever changed or taken away.

DO $$
BEGIN
  -- Roles belong to the whole server, so another database may have made it already.
  CREATE ROLE cairn_runtime NOLOGIN;
EXCEPTION
  WHEN duplicate_object OR unique_violation THEN
    NULL;
END
$$;

DO $$
BEGIN
  -- The owner must be able to hand tables of views over to the run-time role.
  IF NOT pg_has_role(current_user, 'cairn_runtime', 'USAGE') THEN
    EXECUTE format('GRANT cairn_runtime TO %I', current_user);
  END IF;
END
$$;

CREATE TABLE practice_log (
  practice_id uuid NOT NULL,
  position bigint NOT NULL DEFAULT 0,
  recorded_at timestamptz NOT NULL DEFAULT '-infinity',
  CONSTRAINT practice_log_pkey PRIMARY KEY (practice_id)
) WITH (fillfactor = 50);

COMMENT ON TABLE practice_log IS
  'The head of each practice''s log: how many events it has, and when the last was recorded.';

CREATE TABLE event_log (
  practice_id uuid NOT NULL,
  position bigint NOT NULL,
  stream_id uuid NOT NULL,
  version integer NOT NULL,
  category text NOT NULL,
  client_id uuid,
  type text NOT NULL,
  body bytea NOT NULL,
  actor text NOT NULL,
  command_id uuid NOT NULL,
  correlation uuid NOT NULL,
  occurred_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL,
  CONSTRAINT event_log_pkey PRIMARY KEY (practice_id, position),
  CONSTRAINT event_log_stream_version UNIQUE (practice_id, stream_id, version),
  CONSTRAINT event_log_position_counts CHECK (position > 0 AND version > 0)
);

CREATE INDEX event_log_client_position ON event_log (practice_id, client_id, position)
WHERE client_id IS NOT NULL;

-- Ciphertext does not get smaller: no time is spent on trying.
ALTER TABLE event_log ALTER COLUMN body SET STORAGE EXTERNAL;

COMMENT ON TABLE event_log IS
  'Every event, its body sealed with its client''s key (AES-256-GCM). Append-only.';

CREATE TABLE data_key (
  practice_id uuid NOT NULL,
  subject_id uuid NOT NULL,
  wrapped bytea NOT NULL,
  CONSTRAINT data_key_pkey PRIMARY KEY (practice_id, subject_id)
);

COMMENT ON TABLE data_key IS
  'One key per client, and one per practice (subject = practice), wrapped by the practice''s key.';

CREATE FUNCTION refuse_change() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  RAISE EXCEPTION 'the log is append-only: % on % is refused', TG_OP, TG_TABLE_NAME
    USING ERRCODE = '42501';
END
$$;

CREATE TRIGGER event_log_is_append_only
BEFORE UPDATE OR DELETE OR TRUNCATE ON event_log
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- ALWAYS: also under session_replication_role = replica, and for the owner.
ALTER TABLE event_log ENABLE ALWAYS TRIGGER event_log_is_append_only;

REVOKE ALL ON practice_log, event_log, data_key FROM PUBLIC;
GRANT SELECT, INSERT ON event_log, data_key TO cairn_runtime;
GRANT SELECT, INSERT, UPDATE ON practice_log TO cairn_runtime;
GRANT USAGE ON SCHEMA public TO cairn_runtime;
