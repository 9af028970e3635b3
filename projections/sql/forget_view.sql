DELETE FROM views.set_aside
WHERE view = $1
