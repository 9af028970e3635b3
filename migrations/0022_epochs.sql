-- The epoch of the log: drawn when the log is made, and anew whenever a backup is restored.
--
-- After a restore a position may hold another event than the one that was told under it before.
-- Whoever follows says in which epoch it was told a position, and is told where both agree.

CREATE TABLE epoch (
  number integer NOT NULL,
  epoch uuid NOT NULL,
  drawn_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  doubted_at timestamptz,
  CONSTRAINT epoch_pkey PRIMARY KEY (number),
  CONSTRAINT epoch_drawn_once UNIQUE (epoch)
);

COMMENT ON TABLE epoch IS
  'Every epoch of the log; the last one is the current one. doubted_at: when a process saw that the '
  'end of the log was gone, and no new epoch was drawn. Nobody is told events until one is.';

CREATE TABLE epoch_head (
  practice_id uuid NOT NULL,
  number integer NOT NULL,
  position bigint NOT NULL,
  CONSTRAINT epoch_head_pkey PRIMARY KEY (practice_id, number)
);

COMMENT ON TABLE epoch_head IS
  'Up to which position a practice''s log is the same in an epoch and in those before it: where the '
  'log ended when it was restored, and 0 where nobody knows.';

INSERT INTO epoch (number, epoch) VALUES (1, gen_random_uuid());

-- A new epoch, from now on. in_agrees says that the log is as it was restored: nobody has added to
-- it since, so that it agrees with the epoch before up to its end.
--
-- The first three bytes of an epoch mark tokens of positions. Those of the first epoch have zeros.
CREATE FUNCTION draw_epoch(in_agrees boolean) RETURNS uuid
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  drawn uuid;
  next_number integer;
BEGIN
  LOCK TABLE public.epoch IN EXCLUSIVE MODE;
  LOOP
    drawn := gen_random_uuid();
    EXIT WHEN left(drawn::text, 6) <> '000000' AND NOT EXISTS (
      SELECT FROM public.epoch e WHERE left(e.epoch::text, 6) = left(drawn::text, 6)
    );
  END LOOP;

  INSERT INTO public.epoch (number, epoch)
  SELECT coalesce(max(e.number), 0) + 1, drawn
  FROM public.epoch e
  RETURNING number INTO next_number;

  INSERT INTO public.epoch_head (practice_id, number, position)
  SELECT h.practice_id, next_number, CASE WHEN in_agrees THEN h.position ELSE 0 END
  FROM public.practice_log h;

  RETURN drawn;
END
$$;

-- A process has seen that events are gone that were there: nobody is told events in this epoch.
CREATE FUNCTION doubt_epoch(in_epoch uuid) RETURNS void
LANGUAGE sql
SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
  UPDATE public.epoch e
  SET doubted_at = clock_timestamp()
  WHERE e.epoch = in_epoch AND e.doubted_at IS NULL
$$;

REVOKE ALL ON epoch, epoch_head FROM PUBLIC;
REVOKE ALL ON FUNCTION draw_epoch, doubt_epoch FROM PUBLIC;
GRANT SELECT ON epoch, epoch_head TO cairn_runtime;
GRANT EXECUTE ON FUNCTION draw_epoch, doubt_epoch TO cairn_runtime;
