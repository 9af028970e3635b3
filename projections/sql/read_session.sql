SELECT session_id, client_id, body
FROM views.session_calendar
WHERE practice_id = $1 AND session_id = $2
