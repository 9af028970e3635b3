-- What the append functions take, whoever calls them: what does not fit is refused, so that nobody
-- without a key can put something into the log that stops a stream, or whoever reads the log.
--
-- A stream's versions have no gap, and each of its events is about whom its first one is about. Who
-- calls is not believed about which event of an append is the first of its stream: in_leads is there
-- for processes of an earlier release, and means nothing any more.

-- A constraint is made ready anew for each INSERT, which cost more than the INSERT's indexes. These
-- rules stand in the one way into the table instead, and are made ready once.
ALTER TABLE event_log
DROP CONSTRAINT event_log_category_of_type,
DROP CONSTRAINT event_log_position_counts;

-- Whether an event may lie in the log: of a category that every reader knows, about a client unless
-- it is the practice's own, and of a year that every reader has a name for.
CREATE FUNCTION event_fits(
  in_category text,
  in_type text,
  in_client uuid,
  in_occurred_at timestamptz
) RETURNS boolean
LANGUAGE sql
IMMUTABLE
RETURN
  starts_with(in_type, in_category || '.')
  AND in_category IN (
    'practice', 'client', 'goal', 'mood', 'check_in', 'assessment', 'safety_flag', 'session',
    'suggestion', 'template', 'subscription'
  )
  AND (in_client IS NULL) = (in_category IN ('practice', 'template', 'subscription'))
  AND in_occurred_at BETWEEN '0001-01-02 00:00:00+00' AND '9999-12-30 00:00:00+00';

DROP FUNCTION refused_appends(uuid, integer[], boolean[], uuid[], text[], integer[]);

-- Which appends of a batch do not go on where their streams are, or are about somebody else.
-- To be called under the lock of the practice's head.
CREATE FUNCTION refused_appends(
  in_practice uuid,
  in_appends integer[],
  in_streams uuid[],
  in_categories text[],
  in_versions integer[],
  in_clients uuid[],
  in_types text[]
) RETURNS integer[]
LANGUAGE plpgsql
AS $$
BEGIN
  -- The last version of each stream is looked up by itself: a join is planned as a scan of the log.
  RETURN (
    SELECT coalesce(array_agg(DISTINCT seen.append), '{}')
    FROM (
      SELECT
        u.append,
        u.version,
        u.type IS NULL AS is_watched,
        u.client_id,
        row_number() OVER stream AS nth_of_stream,
        first_value(u.client_id) OVER stream AS begun_about,
        present.version AS present,
        present.client_id AS present_about
      FROM unnest(in_appends, in_streams, in_categories, in_versions, in_clients, in_types)
        WITH ORDINALITY AS u (append, stream_id, category, version, client_id, type, nth)
      LEFT JOIN LATERAL (
        SELECT e.version, e.client_id
        FROM event_log e
        WHERE e.practice_id = in_practice
          AND e.stream_id = u.stream_id
          AND e.category = u.category
        ORDER BY e.version DESC
        LIMIT 1
      ) present ON true
      WINDOW stream AS (
        PARTITION BY u.append, u.stream_id, u.category, u.type IS NULL
        ORDER BY u.nth
      )
    ) seen
    WHERE seen.version <> coalesce(seen.present, 0) + seen.nth_of_stream
      OR (
        NOT seen.is_watched
        AND seen.client_id IS DISTINCT FROM
          CASE WHEN seen.present IS NULL THEN seen.begun_about ELSE seen.present_about END
      )
  );
END
$$;

CREATE OR REPLACE FUNCTION append_events(
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
SET search_path = pg_catalog, public, pg_temp
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

  IF EXISTS (
    SELECT
    FROM unnest(in_categories, in_types, in_clients, in_occurred_at)
      AS u (category, type, client_id, occurred_at)
    WHERE u.type IS NOT NULL
      AND event_fits(u.category, u.type, u.client_id, u.occurred_at) IS NOT TRUE
  ) THEN
    RAISE EXCEPTION 'an event does not fit into the log' USING ERRCODE = 'check_violation';
  END IF;

  database_now := clock_timestamp();
  dated := recording_time(last_at, database_now, in_now);
  IF dated.floor_ahead THEN
    RAISE EXCEPTION 'the last event lies ahead of both clocks' USING ERRCODE = 'CA425';
  END IF;

  -- A new stream that is not new is caught by the unique constraint. Any other version than the
  -- first has to be looked up, because it might leave a gap, and so has what is only watched.
  IF 1 <> ANY (in_versions) OR array_position(in_types, NULL) IS NOT NULL THEN
    refusals := refused_appends(
      in_practice, in_appends, in_streams, in_categories, in_versions, in_clients, in_types
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
          in_practice, in_appends, in_streams, in_categories, in_versions, in_clients, in_types
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

-- It answers the position alone: a row of two would be put together for every append.
DROP FUNCTION append_event(
  uuid, timestamptz, uuid, text, integer, uuid, text, bytea, text, uuid, uuid, timestamptz
);

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
  in_occurred_at timestamptz
) RETURNS bigint
LANGUAGE plpgsql
SECURITY DEFINER
AS $$
DECLARE
  head bigint;
  last_at timestamp with time zone;
  database_now timestamp with time zone;
  dated_at timestamp with time zone;
  doubts boolean := false;
  is_ahead boolean := false;
  present integer;
  present_client public.event_log.client_id%TYPE;
BEGIN
  SELECT h.position, h.recorded_at
  INTO head, last_at
  FROM public.practice_log h
  WHERE h.practice_id = in_practice
  FOR UPDATE;

  IF NOT FOUND THEN
    RETURN NULL;
  END IF;

  SELECT e.version, e.client_id
  INTO present, present_client
  FROM public.event_log e
  WHERE e.practice_id = in_practice AND e.stream_id = in_stream AND e.category = in_category
  ORDER BY e.version DESC
  LIMIT 1;

  IF coalesce(present, 0) <> in_version - 1
    OR (present IS NOT NULL AND present_client IS DISTINCT FROM in_client)
  THEN
    RETURN NULL;
  END IF;

  IF public.event_fits(in_category, in_type, in_client, in_occurred_at) IS NOT TRUE THEN
    RAISE EXCEPTION 'an event does not fit into the log' USING ERRCODE = 'check_violation';
  END IF;

  database_now := clock_timestamp();
  dated_at := database_now;
  IF last_at > database_now
    OR in_now - database_now NOT BETWEEN interval '-2 minutes' AND interval '2 minutes'
  THEN
    SELECT t.recorded_at, t.doubted, t.floor_ahead
    INTO dated_at, doubts, is_ahead
    FROM public.recording_time(last_at, database_now, in_now) t;
  END IF;

  IF is_ahead THEN
    IF in_type <> 'practice.clock_corrected.v1' THEN
      RAISE EXCEPTION 'the last event lies ahead of both clocks' USING ERRCODE = 'CA425';
    END IF;
    dated_at := database_now;
  END IF;

  INSERT INTO public.event_log (
    practice_id, position, stream_id, version, category, client_id, type, body,
    actor, command_id, correlation, occurred_at, recorded_at, clock_doubted
  )
  VALUES (
    in_practice, head + 1, in_stream, in_version, in_category, in_client, in_type, in_body,
    in_actor, in_command, in_correlation, in_occurred_at, dated_at, doubts
  );

  UPDATE public.practice_log h
  SET position = head + 1, recorded_at = dated_at
  WHERE h.practice_id = in_practice;

  RETURN head + 1;
END
$$;

REVOKE ALL ON FUNCTION append_event, refused_appends, event_fits FROM PUBLIC;

GRANT EXECUTE ON FUNCTION append_event TO cairn_runtime;
