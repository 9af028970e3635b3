-- The first event of a type that this release does not know: a later one leaves it to its own.
SELECT min(position)
FROM event_log
WHERE practice_id = $1
  AND position > $2
  AND position <= $3
  AND type <> ALL ($4)
