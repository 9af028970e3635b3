-- Whoever holds these rows does the work; another runner passes by. Rows and checkpoint move in
-- one transaction, so a commit lost in a crash is only late: it need not wait for the disk.
-- $3: how long the statements after this one wait for a lock, as 500ms.
-- The first row is locked before the others: two runners never share out one practice's views.
WITH first AS MATERIALIZED (
  SELECT
  FROM views.checkpoint
  WHERE practice_id = $1 AND view = ($2::text[])[1]
  FOR UPDATE SKIP LOCKED
)
SELECT
  c.view,
  c.position,
  set_config('synchronous_commit', 'off', true),
  set_config('lock_timeout', $3, true)
FROM views.checkpoint c
WHERE c.practice_id = $1 AND c.view = ANY ($2) AND EXISTS (SELECT FROM first)
ORDER BY c.view
FOR UPDATE OF c SKIP LOCKED
