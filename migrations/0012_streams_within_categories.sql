-- A stream is unique within its category, so that an id somebody chose for a mood can not stand in
-- the way of a flag. What is appended is dated by two clocks, the database's and the caller's, so
-- that one wrong clock dates nothing. And the log is written through these functions alone.

ALTER TABLE event_log
ADD COLUMN clock_doubted boolean NOT NULL DEFAULT false,
ADD CONSTRAINT event_log_stream_in_category UNIQUE (practice_id, stream_id, category, version),
ADD CONSTRAINT event_log_category_of_type CHECK (category = split_part(type, '.', 1)) NOT VALID;

ALTER TABLE event_log DROP CONSTRAINT event_log_stream_version;

COMMENT ON COLUMN event_log.clock_doubted IS
  'Whether the clocks of the database and of the caller were more than two minutes apart.';

-- The key from which a practice's computed ids come. It is never another: ids would change.
CREATE TABLE id_key (
  practice_id uuid NOT NULL,
  wrapped bytea NOT NULL,
  CONSTRAINT id_key_pkey PRIMARY KEY (practice_id)
);

COMMENT ON TABLE id_key IS
  'One key per practice, wrapped by the practice''s key: what the system''s own ids are computed by.';

REVOKE ALL ON id_key FROM PUBLIC;
GRANT SELECT, INSERT ON id_key TO cairn_runtime;

DROP FUNCTION append_events_of_practices(
  uuid[], integer[], boolean[], uuid[], integer[], uuid[], text[], bytea[], text[], uuid[], uuid[],
  timestamptz[]
);
DROP FUNCTION append_events(
  uuid, integer[], boolean[], uuid[], integer[], uuid[], text[], bytea[], text[], uuid[], uuid[],
  timestamptz[]
);
DROP FUNCTION append_event(
  uuid, uuid, integer, uuid, text, bytea, text, uuid, uuid, timestamptz
);
DROP FUNCTION refused_appends(uuid, integer[], boolean[], uuid[], integer[]);

-- recording_time: by which clock an append is dated. `in_floor` is when the practice's last event
-- was recorded: nothing is dated before it, but for one correction.
--
-- Where the clocks agree, to two minutes, it is the database's. Where they do not, it is the earlier
-- of the two that is not more than two minutes behind the floor; where both are behind, the floor
-- itself. `floor_ahead` says that both clocks agree and the floor lies ahead of both: then a wrong
-- clock has dated the last event, and practice.clock_corrected has to come first.
CREATE FUNCTION recording_time(
  in_floor timestamptz,
  in_database timestamptz,
  in_caller timestamptz,
  OUT recorded_at timestamptz,
  OUT doubted boolean,
  OUT floor_ahead boolean
)
LANGUAGE plpgsql
IMMUTABLE
AS $$
DECLARE
  tolerance CONSTANT interval := '2 minutes';
  earlier timestamptz := least(in_database, in_caller);
  later timestamptz := greatest(in_database, in_caller);
BEGIN
  doubted := later - earlier > tolerance;
  floor_ahead := NOT doubted AND in_floor - tolerance > later;
  IF NOT doubted THEN
    recorded_at := greatest(in_database, in_floor);
  ELSIF earlier >= in_floor - tolerance THEN
    recorded_at := greatest(earlier, in_floor);
  ELSE
    recorded_at := CASE WHEN later >= in_floor - tolerance
      THEN greatest(later, in_floor) ELSE in_floor END;
  END IF;
END
$$;

-- Which appends of a batch name a stream that is not at the version they saw.
-- To be called under the lock of the practice's head.
CREATE FUNCTION refused_appends(
  in_practice uuid,
  in_appends integer[],
  in_leads boolean[],
  in_streams uuid[],
  in_categories text[],
  in_versions integer[]
) RETURNS integer[]
LANGUAGE plpgsql
AS $$
BEGIN
  -- Scalar sub-selects, not a join: a join is planned as a scan of the whole log.
  RETURN (
    SELECT coalesce(array_agg(seen.append), '{}')
    FROM (
      SELECT
        u.append,
        u.version,
        (
          SELECT e.version
          FROM event_log e
          WHERE e.practice_id = in_practice
            AND e.stream_id = u.stream_id
            AND e.category = u.category
          ORDER BY e.version DESC
          LIMIT 1
        ) AS present
      FROM unnest(in_appends, in_leads, in_streams, in_categories, in_versions)
        AS u (append, leads, stream_id, category, version)
      WHERE u.leads
    ) seen
    WHERE coalesce(seen.present, 0) <> seen.version - 1
  );
END
$$;

-- append_events: the one door into the log. One call is one batch of one practice.
--
-- `in_now` is the caller's clock. Every array has an entry per event; the events of an append
-- (in_appends) stand together, those of a stream in the order of their versions. The first event of
-- each stream in an append carries the expected version + 1. An entry without a type writes nothing:
-- its stream is watched, and has to be at the version before it. An append is recorded whole, or not
-- at all; a refused one leaves its neighbours alone. Two appends of a batch never write the same
-- stream: the caller sees to it.
--
-- Answers one row: the head before the batch, the appends that were refused because a stream is not
-- at the version they saw, and what the database's clock says. What was recorded stands at
-- head_before + 1, + 2, ... in the order given, the refused left out. Raises CA404 where there is no
-- such practice, CA425 where the floor lies ahead of both clocks.
CREATE FUNCTION append_events(
  in_practice uuid,
  in_now timestamptz,
  in_appends integer[],
  in_leads boolean[],
  in_streams uuid[],
  in_categories text[],
  in_versions integer[],
  in_clients uuid[],
  in_types text[],
  in_bodies bytea[],
  in_actors text[],
  in_commands uuid[],
  in_correlations uuid[],
  in_occurred_at timestamptz[]
) RETURNS TABLE (head_before bigint, refused integer[], database_now timestamptz)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
DECLARE
  head bigint;
  last_at timestamptz;
  dated record;
  refusals integer[] := '{}';
  added bigint;
BEGIN
  -- Lock first, in a statement of its own: the next statement takes a snapshot that sees all
  -- that the previous holder of this lock has committed.
  SELECT h.position, h.recorded_at
  INTO head, last_at
  FROM practice_log h
  WHERE h.practice_id = in_practice
  FOR UPDATE;

  IF NOT FOUND THEN
    IF in_types[1] NOT LIKE 'practice.%' THEN
      RAISE EXCEPTION 'no such practice' USING ERRCODE = 'CA404';
    END IF;
    INSERT INTO practice_log (practice_id) VALUES (in_practice) ON CONFLICT DO NOTHING;
    SELECT h.position, h.recorded_at
    INTO head, last_at
    FROM practice_log h
    WHERE h.practice_id = in_practice
    FOR UPDATE;
  END IF;

  database_now := clock_timestamp();
  dated := recording_time(last_at, database_now, in_now);
  IF dated.floor_ahead THEN
    RAISE EXCEPTION 'the last event lies ahead of both clocks' USING ERRCODE = 'CA425';
  END IF;

  -- A new stream that is not new is caught by the unique constraint; a later version has to be
  -- looked up, because one that is too high would leave a gap, and so has what is only watched.
  IF 1 < ANY (in_versions) OR array_position(in_types, NULL) IS NOT NULL THEN
    refusals := refused_appends(
      in_practice, in_appends, in_leads, in_streams, in_categories, in_versions
    );
  END IF;

  FOR attempt IN 1..2 LOOP
    BEGIN
      INSERT INTO event_log (
        practice_id, position, stream_id, version, category, client_id, type, body,
        actor, command_id, correlation, occurred_at, recorded_at, clock_doubted
      )
      SELECT
        in_practice,
        head + row_number() OVER (ORDER BY u.nth),
        u.stream_id, u.version, u.category, u.client_id, u.type, u.body,
        u.actor, u.command_id, u.correlation, u.occurred_at, dated.recorded_at, dated.doubted
      FROM unnest(
        in_appends, in_streams, in_categories, in_versions, in_clients, in_types, in_bodies,
        in_actors, in_commands, in_correlations, in_occurred_at
      ) WITH ORDINALITY AS u (
        append, stream_id, category, version, client_id, type, body,
        actor, command_id, correlation, occurred_at, nth
      )
      WHERE u.append <> ALL (refusals) AND u.type IS NOT NULL;
      GET DIAGNOSTICS added = ROW_COUNT;
      EXIT;
    EXCEPTION
      WHEN unique_violation THEN
        IF attempt = 2 THEN
          RAISE;
        END IF;
        refusals := refused_appends(
          in_practice, in_appends, in_leads, in_streams, in_categories, in_versions
        );
    END;
  END LOOP;

  IF added > 0 THEN
    UPDATE practice_log h
    SET position = head + added, recorded_at = dated.recorded_at
    WHERE h.practice_id = in_practice;
  END IF;

  head_before := head;
  refused := refusals;
  RETURN NEXT;
END
$$;

-- The short path of an append that is one event and comes alone: the same promises, a third less
-- work. Answers its position, NULL where append_events has to say why not. It alone takes
-- practice.clock_corrected, which sets the floor back where the floor lies ahead of both clocks.
CREATE FUNCTION append_event(
  in_practice uuid,
  in_now timestamptz,
  in_stream uuid,
  in_category text,
  in_version integer,
  in_client uuid,
  in_type text,
  in_body bytea,
  in_actor text,
  in_command uuid,
  in_correlation uuid,
  in_occurred_at timestamptz,
  OUT recorded_position bigint,
  OUT database_now timestamptz
)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
DECLARE
  head bigint;
  last_at timestamptz;
  dated record;
  present integer;
BEGIN
  SELECT h.position, h.recorded_at
  INTO head, last_at
  FROM practice_log h
  WHERE h.practice_id = in_practice
  FOR UPDATE;

  IF NOT FOUND THEN
    RETURN;
  END IF;

  SELECT e.version
  INTO present
  FROM event_log e
  WHERE e.practice_id = in_practice AND e.stream_id = in_stream AND e.category = in_category
  ORDER BY e.version DESC
  LIMIT 1;

  IF coalesce(present, 0) <> in_version - 1 THEN
    RETURN;
  END IF;

  database_now := clock_timestamp();
  dated := recording_time(last_at, database_now, in_now);
  IF dated.floor_ahead THEN
    IF in_type <> 'practice.clock_corrected.v1' THEN
      RAISE EXCEPTION 'the last event lies ahead of both clocks' USING ERRCODE = 'CA425';
    END IF;
    dated.recorded_at := database_now;
  END IF;

  INSERT INTO event_log (
    practice_id, position, stream_id, version, category, client_id, type, body,
    actor, command_id, correlation, occurred_at, recorded_at, clock_doubted
  )
  VALUES (
    in_practice, head + 1, in_stream, in_version, in_category, in_client, in_type, in_body,
    in_actor, in_command, in_correlation, in_occurred_at, dated.recorded_at, dated.doubted
  );

  UPDATE practice_log h
  SET position = head + 1, recorded_at = dated.recorded_at
  WHERE h.practice_id = in_practice;

  recorded_position := head + 1;
END
$$;

-- Several practices in one transaction: heads are locked in the order of their ids, so two
-- batches never wait for each other. Answers one row per practice.
CREATE FUNCTION append_events_of_practices(
  in_practices uuid[],
  in_now timestamptz,
  in_appends integer[],
  in_leads boolean[],
  in_streams uuid[],
  in_categories text[],
  in_versions integer[],
  in_clients uuid[],
  in_types text[],
  in_bodies bytea[],
  in_actors text[],
  in_commands uuid[],
  in_correlations uuid[],
  in_occurred_at timestamptz[]
) RETURNS TABLE (
  practice_id uuid, head_before bigint, refused integer[], database_now timestamptz
)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
DECLARE
  one record;
BEGIN
  FOR one IN
    SELECT
      u.practice_id,
      array_agg(u.append ORDER BY u.nth) AS appends,
      array_agg(u.leads ORDER BY u.nth) AS leads,
      array_agg(u.stream_id ORDER BY u.nth) AS streams,
      array_agg(u.category ORDER BY u.nth) AS categories,
      array_agg(u.version ORDER BY u.nth) AS versions,
      array_agg(u.client_id ORDER BY u.nth) AS clients,
      array_agg(u.type ORDER BY u.nth) AS types,
      array_agg(u.body ORDER BY u.nth) AS bodies,
      array_agg(u.actor ORDER BY u.nth) AS actors,
      array_agg(u.command_id ORDER BY u.nth) AS commands,
      array_agg(u.correlation ORDER BY u.nth) AS correlations,
      array_agg(u.occurred_at ORDER BY u.nth) AS occurred
    FROM unnest(
      in_practices, in_appends, in_leads, in_streams, in_categories, in_versions, in_clients,
      in_types, in_bodies, in_actors, in_commands, in_correlations, in_occurred_at
    ) WITH ORDINALITY AS u (
      practice_id, append, leads, stream_id, category, version, client_id,
      type, body, actor, command_id, correlation, occurred_at, nth
    )
    GROUP BY u.practice_id
    ORDER BY u.practice_id
  LOOP
    RETURN QUERY
    SELECT one.practice_id, a.head_before, a.refused, a.database_now
    FROM append_events(
      one.practice_id, in_now, one.appends, one.leads, one.streams, one.categories, one.versions,
      one.clients, one.types, one.bodies, one.actors, one.commands, one.correlations,
      one.occurred
    ) a;
  END LOOP;
END
$$;
