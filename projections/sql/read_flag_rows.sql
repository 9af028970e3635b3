-- Every row of a practice in the queue of flags, as it lies there.
SELECT flag_id, client_id, is_open, acknowledged, next_at, raised_position, body
FROM views.safety_queue
WHERE practice_id = $1
