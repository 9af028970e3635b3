-- $1 practice, $2 number of an epoch.
-- Up to which position the practice's log is the same in that epoch and in all epochs after it.
-- Null where it never was another: the practice was made later, or the epoch is the current one.
SELECT min(position)
FROM epoch_head
WHERE practice_id = $1 AND number > $2
