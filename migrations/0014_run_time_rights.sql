-- The run-time role reads and adds. It adds to the log through the append functions alone, and it
-- changes the rows of views, never their tables: those belong to the owner of the log, as the log
-- does.

-- The log. The append functions check positions and versions; nobody passes by them any more. They
-- work with the rights of their owner, so what they name is looked up where they were made: in
-- pg_catalog and public, and never in a schema of the caller's.
ALTER FUNCTION append_event
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp;

ALTER FUNCTION append_events
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp;

ALTER FUNCTION append_events_of_practices
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp;

REVOKE ALL ON FUNCTION
append_event, append_events, append_events_of_practices, refused_appends, recording_time,
refuse_change
FROM PUBLIC;

GRANT EXECUTE ON FUNCTION append_event, append_events, append_events_of_practices
TO cairn_runtime;

REVOKE INSERT ON event_log FROM cairn_runtime;
REVOKE INSERT, UPDATE ON practice_log FROM cairn_runtime;

-- A database that was made before PostgreSQL 15 lets everybody make things here.
REVOKE CREATE ON SCHEMA public FROM PUBLIC, cairn_runtime;

-- The views. A rebuild makes a table beside a view's, fills it, and puts it in the view's place.
-- What needs their owner's rights for that stands in the three functions below, and only there.

-- Raises unless in_view is a view's table, all of whose rows the run-time role may replace anyway:
-- so the functions below give it no rows that it has not.
CREATE FUNCTION views.require_view(in_view text) RETURNS void
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF in_view = 'checkpoint' OR in_view LIKE '%\_beside' OR NOT EXISTS (
    SELECT
    FROM pg_class c
    WHERE c.relnamespace = 'views'::regnamespace
      AND c.relname = in_view
      AND c.relkind = 'r'
      AND has_table_privilege('cairn_runtime', c.oid, 'SELECT')
      AND has_table_privilege('cairn_runtime', c.oid, 'INSERT')
      AND has_table_privilege('cairn_runtime', c.oid, 'UPDATE')
      AND has_table_privilege('cairn_runtime', c.oid, 'DELETE')
  ) THEN
    RAISE EXCEPTION 'no view of this name can be built anew' USING ERRCODE = '42501';
  END IF;
END
$$;

-- An empty table like a view's, with the same keys, indexes and rights, under names that end in
-- _beside. One that an interrupted rebuild has left is dropped first.
CREATE FUNCTION views.make_beside(in_view text) RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  beside text := in_view || '_beside';
  one record;
BEGIN
  PERFORM views.require_view(in_view);
  EXECUTE format('DROP TABLE IF EXISTS views.%I', beside);
  EXECUTE format(
    'CREATE TABLE views.%I (LIKE views.%I INCLUDING ALL EXCLUDING INDEXES)', beside, in_view
  );
  FOR one IN
    SELECT
      c.relname || '_beside' AS name,
      i.indisprimary AS is_primary,
      replace(
        pg_get_indexdef(c.oid),
        format('INDEX %I ON views.%I ', c.relname, in_view),
        format('INDEX %I ON views.%I ', c.relname || '_beside', beside)
      ) AS definition
    FROM pg_index i
    JOIN pg_class c ON c.oid = i.indexrelid
    WHERE i.indrelid = format('views.%I', in_view)::regclass
    ORDER BY i.indisprimary DESC, c.relname
  LOOP
    EXECUTE one.definition;
    IF one.is_primary THEN
      EXECUTE format(
        'ALTER TABLE views.%I ADD CONSTRAINT %I PRIMARY KEY USING INDEX %I',
        beside, one.name, one.name
      );
    END IF;
  END LOOP;
  FOR one IN
    SELECT
      CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END AS grantee,
      string_agg(a.privilege_type, ', ') AS rights
    FROM pg_class c
    CROSS JOIN aclexplode(c.relacl) a
    WHERE c.oid = format('views.%I', in_view)::regclass AND a.grantee <> c.relowner
    GROUP BY a.grantee
  LOOP
    EXECUTE format('GRANT %s ON views.%I TO %s', one.rights, beside, one.grantee);
  END LOOP;
END
$$;

-- The planner's statistics of the table beside, before anybody reads it.
CREATE FUNCTION views.analyze_beside(in_view text) RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM views.require_view(in_view);
  EXECUTE format('ANALYZE views.%I', in_view || '_beside');
END
$$;

-- The table beside takes the view's place and names. The caller's transaction makes it one step
-- with the checkpoints.
CREATE FUNCTION views.swap_beside(in_view text) RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  one record;
BEGIN
  PERFORM views.require_view(in_view);
  EXECUTE format('DROP TABLE views.%I', in_view);
  EXECUTE format('ALTER TABLE views.%I RENAME TO %I', in_view || '_beside', in_view);
  FOR one IN
    SELECT c.relname AS name
    FROM pg_index i
    JOIN pg_class c ON c.oid = i.indexrelid
    WHERE i.indrelid = format('views.%I', in_view)::regclass
    ORDER BY c.relname
  LOOP
    EXECUTE format(
      'ALTER INDEX views.%I RENAME TO %I', one.name, regexp_replace(one.name, '_beside$', '')
    );
  END LOOP;
END
$$;

REVOKE ALL ON FUNCTION
views.require_view, views.make_beside, views.analyze_beside, views.swap_beside
FROM PUBLIC;

-- Who owns the log owns the views, also where somebody else (a superuser) migrates. With its owner
-- a table loses what it was granted. What a rebuild has left beside goes.
DO $$
DECLARE
  log_owner regrole := (
    SELECT c.relowner
    FROM pg_class c
    WHERE c.oid = 'public.event_log'::regclass
  );
  one record;
BEGIN
  EXECUTE format('ALTER SCHEMA views OWNER TO %s', log_owner);
  FOR one IN
    SELECT c.relname AS name
    FROM pg_class c
    WHERE c.relnamespace = 'views'::regnamespace
      AND c.relkind = 'r'
      AND c.relowner = 'cairn_runtime'::regrole
    ORDER BY c.relname
  LOOP
    IF one.name LIKE '%\_beside' THEN
      EXECUTE format('DROP TABLE views.%I', one.name);
      CONTINUE;
    END IF;
    EXECUTE format('ALTER TABLE views.%I OWNER TO %s', one.name, log_owner);
    EXECUTE format(
      'GRANT SELECT, INSERT, UPDATE, DELETE ON views.%I TO cairn_runtime', one.name
    );
  END LOOP;
  FOR one IN
    SELECT p.oid::regprocedure AS signature
    FROM pg_proc p
    WHERE p.pronamespace = 'views'::regnamespace
  LOOP
    EXECUTE format('ALTER FUNCTION %s OWNER TO %s', one.signature, log_owner);
  END LOOP;
END
$$;

GRANT USAGE ON SCHEMA views TO cairn_runtime;
GRANT EXECUTE ON FUNCTION views.make_beside, views.analyze_beside, views.swap_beside
TO cairn_runtime;
