-- append_events, as it was, and an append may watch other streams as well: an entry without a type
-- writes nothing, and refuses its append where its stream is no longer at the version before it.
-- So what was decided on the state of two streams is recorded only while both are as they were seen:
-- nothing is released to a client whose safety flag was raised a moment before.

CREATE OR REPLACE FUNCTION append_events(
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
  -- looked up, because one that is too high would leave a gap, and so has what is only watched.
  IF 1 < ANY (in_versions) OR array_position(in_types, NULL) IS NOT NULL THEN
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
      WHERE u.append <> ALL (refusals) AND u.type IS NOT NULL;
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
