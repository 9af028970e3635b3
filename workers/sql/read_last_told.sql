-- $1 practice, $2 subscription.
-- Where the practice's log ends, and the position of the last event that the subscription tells.
SELECT
  h.position AS head,
  (
    SELECT d.position
    FROM outbox.delivery d
    WHERE d.practice_id = $1 AND d.subscription_id = $2
    ORDER BY d.number DESC
    LIMIT 1
  ) AS last_told
FROM practice_log h
WHERE h.practice_id = $1
