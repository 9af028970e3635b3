-- Which appends of a batch name a stream that is not at the version they saw.
-- To be called under the lock of the practice's head.
CREATE FUNCTION refused_appends(
  in_practice uuid,
  in_appends integer[],
  in_leads boolean[],
  in_streams uuid[],
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
          WHERE e.practice_id = in_practice AND e.stream_id = u.stream_id
          ORDER BY e.version DESC
          LIMIT 1
        ) AS present
      FROM unnest(in_appends, in_leads, in_streams, in_versions)
        AS u (append, leads, stream_id, version)
      WHERE u.leads
    ) seen
    WHERE coalesce(seen.present, 0) <> seen.version - 1
  );
END
$$;

-- append_events: the one door into the log. One call is one batch of one practice.
--
-- Every array has an entry per event; the events of an append (in_appends) stand together, those
-- of a stream in the order of their versions. The first event of each stream in an append carries
-- the expected version + 1. An append is recorded whole, or not at all; a refused one leaves its
-- neighbours alone. Two appends of a batch never name the same stream: the caller sees to it.
--
-- Answers one row: the head before the batch and the appends that were refused because a stream
-- is not at the version they saw. What was recorded stands at head_before + 1, + 2, ... in the
-- order given, the refused left out.

CREATE FUNCTION append_events(
  in_practice uuid,
  in_appends integer[],
  in_leads boolean[],
  in_streams uuid[],
  in_versions integer[],
  in_clients uuid[],
  in_types text[],
  in_bodies bytea[],
  in_actors text[],
  in_commands uuid[],
  in_correlations uuid[],
  in_occurred_at timestamptz[]
) RETURNS TABLE (head_before bigint, refused integer[])
LANGUAGE plpgsql
AS $$
DECLARE
  head bigint;
  last_at timestamptz;
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

  last_at := greatest(clock_timestamp(), last_at);

  -- A new stream that is not new is caught by the unique constraint; a later version has to be
  -- looked up, because one that is too high would leave a gap.
  IF 1 < ANY (in_versions) THEN
    refusals := refused_appends(in_practice, in_appends, in_leads, in_streams, in_versions);
  END IF;

  FOR attempt IN 1..2 LOOP
    BEGIN
      INSERT INTO event_log (
        practice_id, position, stream_id, version, category, client_id, type, body,
        actor, command_id, correlation, occurred_at, recorded_at
      )
      SELECT
        in_practice,
        head + row_number() OVER (ORDER BY u.nth),
        u.stream_id, u.version, split_part(u.type, '.', 1), u.client_id, u.type, u.body,
        u.actor, u.command_id, u.correlation, u.occurred_at, last_at
      FROM unnest(
        in_appends, in_streams, in_versions, in_clients, in_types, in_bodies,
        in_actors, in_commands, in_correlations, in_occurred_at
      ) WITH ORDINALITY AS u (
        append, stream_id, version, client_id, type, body,
        actor, command_id, correlation, occurred_at, nth
      )
      WHERE u.append <> ALL (refusals);
      GET DIAGNOSTICS added = ROW_COUNT;
      EXIT;
    EXCEPTION
      WHEN unique_violation THEN
        IF attempt = 2 THEN
          RAISE;
        END IF;
        refusals := refused_appends(in_practice, in_appends, in_leads, in_streams, in_versions);
    END;
  END LOOP;

  IF added > 0 THEN
    UPDATE practice_log h
    SET position = head + added, recorded_at = last_at
    WHERE h.practice_id = in_practice;
  END IF;

  RETURN QUERY SELECT head, refusals;
END
$$;

-- The short path of an append that is one event and comes alone: the same promises, a third less
-- work. Answers its position, or NULL where append_events has to say why not.
CREATE FUNCTION append_event(
  in_practice uuid,
  in_stream uuid,
  in_version integer,
  in_client uuid,
  in_type text,
  in_body bytea,
  in_actor text,
  in_command uuid,
  in_correlation uuid,
  in_occurred_at timestamptz
) RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
  head bigint;
  last_at timestamptz;
  present integer;
BEGIN
  SELECT h.position, h.recorded_at
  INTO head, last_at
  FROM practice_log h
  WHERE h.practice_id = in_practice
  FOR UPDATE;

  IF NOT FOUND THEN
    RETURN NULL;
  END IF;

  SELECT e.version
  INTO present
  FROM event_log e
  WHERE e.practice_id = in_practice AND e.stream_id = in_stream
  ORDER BY e.version DESC
  LIMIT 1;

  IF coalesce(present, 0) <> in_version - 1 THEN
    RETURN NULL;
  END IF;

  last_at := greatest(clock_timestamp(), last_at);

  INSERT INTO event_log (
    practice_id, position, stream_id, version, category, client_id, type, body,
    actor, command_id, correlation, occurred_at, recorded_at
  )
  VALUES (
    in_practice, head + 1, in_stream, in_version, split_part(in_type, '.', 1), in_client, in_type,
    in_body, in_actor, in_command, in_correlation, in_occurred_at, last_at
  );

  UPDATE practice_log h
  SET position = head + 1, recorded_at = last_at
  WHERE h.practice_id = in_practice;

  RETURN head + 1;
END
$$;

-- Several practices in one transaction: heads are locked in the order of their ids, so two
-- batches never wait for each other. Answers one row per practice.
CREATE FUNCTION append_events_of_practices(
  in_practices uuid[],
  in_appends integer[],
  in_leads boolean[],
  in_streams uuid[],
  in_versions integer[],
  in_clients uuid[],
  in_types text[],
  in_bodies bytea[],
  in_actors text[],
  in_commands uuid[],
  in_correlations uuid[],
  in_occurred_at timestamptz[]
) RETURNS TABLE (practice_id uuid, head_before bigint, refused integer[])
LANGUAGE plpgsql
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
      array_agg(u.version ORDER BY u.nth) AS versions,
      array_agg(u.client_id ORDER BY u.nth) AS clients,
      array_agg(u.type ORDER BY u.nth) AS types,
      array_agg(u.body ORDER BY u.nth) AS bodies,
      array_agg(u.actor ORDER BY u.nth) AS actors,
      array_agg(u.command_id ORDER BY u.nth) AS commands,
      array_agg(u.correlation ORDER BY u.nth) AS correlations,
      array_agg(u.occurred_at ORDER BY u.nth) AS occurred
    FROM unnest(
      in_practices, in_appends, in_leads, in_streams, in_versions, in_clients,
      in_types, in_bodies, in_actors, in_commands, in_correlations, in_occurred_at
    ) WITH ORDINALITY AS u (
      practice_id, append, leads, stream_id, version, client_id,
      type, body, actor, command_id, correlation, occurred_at, nth
    )
    GROUP BY u.practice_id
    ORDER BY u.practice_id
  LOOP
    RETURN QUERY
    SELECT one.practice_id, a.head_before, a.refused
    FROM append_events(
      one.practice_id, one.appends, one.leads, one.streams, one.versions,
      one.clients, one.types, one.bodies, one.actors, one.commands, one.correlations,
      one.occurred
    ) a;
  END LOOP;
END
$$;
