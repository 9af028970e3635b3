INSERT INTO outbox.attempt (
  practice_id, subscription_id, number, attempt, at, outcome, status, milliseconds, disclosed
)
SELECT $1, $2, u.number, u.attempt, u.at, u.outcome, u.status, u.milliseconds, u.disclosed
FROM unnest(
  $3::bigint[], $4::integer[], $5::timestamptz[], $6::text[], $7::smallint[], $8::integer[],
  $9::boolean[]
) AS u (number, attempt, at, outcome, status, milliseconds, disclosed)
ON CONFLICT DO NOTHING
