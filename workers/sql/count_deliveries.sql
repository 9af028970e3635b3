-- How many wait and are dead, and the first number and position that are not settled.
SELECT
  (
    SELECT count(*)
    FROM outbox.delivery d
    WHERE d.practice_id = $1 AND d.subscription_id = $2 AND d.stage = 'waiting'
  ) AS waiting,
  (
    SELECT count(*)
    FROM outbox.delivery d
    WHERE d.practice_id = $1 AND d.subscription_id = $2 AND d.stage = 'dead'
  ) AS dead,
  (
    SELECT min(d.number)
    FROM outbox.delivery d
    WHERE d.practice_id = $1 AND d.subscription_id = $2 AND d.stage = 'waiting'
  ) AS first_waiting
