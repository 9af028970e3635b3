-- Every row of a practice in the queue of flags, as it lies there. is_of_client says whether an event
-- of the row's client lies where the row says that it was changed last.
SELECT r.flag_id, r.client_id, r.is_open, r.acknowledged, r.next_at, r.raised_position, r.position,
  r.body, e.client_id IS NOT DISTINCT FROM r.client_id AS is_of_client
FROM views.safety_queue r
LEFT JOIN event_log e ON e.practice_id = r.practice_id AND e.position = r.position
WHERE r.practice_id = $1
