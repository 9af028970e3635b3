-- Those of the numbers that are dead; all of them where no number is named.
UPDATE outbox.delivery
SET stage = 'waiting', tries = 0, due_at = NULL, settled_at = NULL
WHERE practice_id = $1
  AND subscription_id = $2
  AND stage = 'dead'
  AND ($3::bigint[] = '{}' OR number = ANY ($3))
