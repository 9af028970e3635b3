-- The epochs of the log, the first one first.
SELECT number, epoch, doubted_at
FROM epoch
ORDER BY number
