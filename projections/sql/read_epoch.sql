-- The epochs of the log, the first one first.
SELECT number, epoch, drawn_at, doubted_at
FROM epoch
ORDER BY number
