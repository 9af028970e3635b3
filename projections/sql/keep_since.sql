-- What a view sets aside again has been set aside since it was for the first time.
UPDATE views.set_aside b
SET since = s.since
FROM views.set_aside s
WHERE s.view = $1 AND b.view = $2 AND s.practice_id = b.practice_id AND s.position = b.position
