-- An append that comes alone does less: it is the one that a person waits for.
--
-- It sets no search_path. So every table in it is named in full, and every type by a keyword of SQL:
-- what a caller has made in its temporary schema is never looked at (a variable of type record would
-- be: that is no keyword). Functions and operators need no more: they are never looked up in a
-- temporary schema, and the run-time role can make none in another.
--
-- And where the clocks agree and the floor is not ahead, which is nearly always, the database's
-- clock counts and recording_time is not asked: it says the same.

CREATE OR REPLACE FUNCTION append_event(
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
AS $$
DECLARE
  head bigint;
  last_at timestamp with time zone;
  dated_at timestamp with time zone;
  doubts boolean := false;
  is_ahead boolean := false;
  present integer;
BEGIN
  SELECT h.position, h.recorded_at
  INTO head, last_at
  FROM public.practice_log h
  WHERE h.practice_id = in_practice
  FOR UPDATE;

  IF NOT FOUND THEN
    RETURN;
  END IF;

  SELECT e.version
  INTO present
  FROM public.event_log e
  WHERE e.practice_id = in_practice AND e.stream_id = in_stream AND e.category = in_category
  ORDER BY e.version DESC
  LIMIT 1;

  IF coalesce(present, 0) <> in_version - 1 THEN
    RETURN;
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

  recorded_position := head + 1;
END
$$;

ALTER FUNCTION recording_time SET search_path = pg_catalog, pg_temp;
