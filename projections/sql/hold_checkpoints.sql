-- Whoever holds these rows does the work; another runner passes by. Rows and checkpoint move in
-- one transaction, so a commit lost in a crash is only late: it need not wait for the disk.
SELECT view, position, set_config('synchronous_commit', 'off', true)
FROM views.checkpoint
WHERE practice_id = $1 AND view = ANY ($2)
ORDER BY view
FOR UPDATE SKIP LOCKED
