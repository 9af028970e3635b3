SELECT mood_id, client_id, body
FROM views.mood_trend
WHERE practice_id = $1
  AND client_id = $2
  AND occurred_at >= coalesce($3::timestamptz, '-infinity')
  AND occurred_at < coalesce($4::timestamptz, 'infinity')
ORDER BY occurred_at, mood_id
LIMIT $5
