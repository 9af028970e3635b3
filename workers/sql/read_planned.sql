-- How far the log has been looked through for a subscription, and how far it reaches.
SELECT
  (
    SELECT s.planned
    FROM outbox.subscription s
    WHERE s.practice_id = $1 AND s.subscription_id = $2
  ) AS planned,
  (SELECT h.position FROM practice_log h WHERE h.practice_id = $1) AS head
