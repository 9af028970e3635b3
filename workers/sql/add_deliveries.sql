INSERT INTO outbox.delivery (
  practice_id, subscription_id, number, position, order_key, goal_id, stage, due_at
)
SELECT $1, $2, u.number, u.position, u.order_key, u.goal_id, $3, u.due_at
FROM unnest($4::bigint[], $5::bigint[], $6::uuid[], $7::uuid[], $8::timestamptz[])
  AS u (number, position, order_key, goal_id, due_at)
