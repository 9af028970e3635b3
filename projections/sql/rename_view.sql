UPDATE views.set_aside
SET view = $1
WHERE view = $2
