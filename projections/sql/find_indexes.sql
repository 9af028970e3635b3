SELECT c.relname AS name, i.indisprimary AS is_primary, pg_get_indexdef(i.indexrelid) AS definition
FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = $1::text::regclass
ORDER BY i.indisprimary DESC, c.relname
