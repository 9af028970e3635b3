-- What is set aside is no view: a rebuild makes no empty table of it. As migration 0014 has it, with
-- one name more; the function keeps its owner and its rights.
CREATE OR REPLACE FUNCTION views.require_view(in_view text) RETURNS void
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF in_view IN ('checkpoint', 'set_aside') OR in_view LIKE '%\_beside' OR NOT EXISTS (
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

-- Which safety flags are open, and when somebody is asked about one, is read from the log. Rows of
-- the queue are found by their keys alone: no query uses these, and every flag wrote them.
DROP INDEX views.safety_queue_order, views.safety_queue_next, views.safety_queue_open;
