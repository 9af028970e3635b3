-- Up to which position a practice's log is the same in an epoch ($2) and in all that came after it.
-- Null where it never was another: the practice was made later, or the epoch is the current one.
SELECT min(position)
FROM epoch_head
WHERE practice_id = $1 AND number > $2
