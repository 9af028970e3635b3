-- The first that waits of each of these keys may be sent: the one before it is settled.
-- An array, so that it is looked up by its number whatever the statistics say.
UPDATE outbox.delivery d
SET due_at = $4
WHERE d.practice_id = $1
  AND d.subscription_id = $2
  AND d.due_at IS NULL
  AND d.number = ANY (ARRAY(
    SELECT
      (
        SELECT w.number
        FROM outbox.delivery w
        WHERE w.practice_id = $1
          AND w.subscription_id = $2
          AND w.stage = 'waiting'
          AND w.order_key = k.order_key
        ORDER BY w.number
        LIMIT 1
      )
    FROM unnest($3::uuid[]) AS k (order_key)
  ))
