-- How many wait and are dead, and the first number that is not settled.
SELECT w.waiting, d.dead, w.first_waiting
FROM (
  SELECT count(*) AS waiting, min(number) AS first_waiting
  FROM outbox.delivery
  WHERE practice_id = $1 AND subscription_id = $2 AND stage = 'waiting'
) w
CROSS JOIN (
  SELECT count(*) AS dead
  FROM outbox.delivery
  WHERE practice_id = $1 AND subscription_id = $2 AND stage = 'dead'
) d
