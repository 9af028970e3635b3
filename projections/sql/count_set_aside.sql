-- How many events these views have set aside, over all practices; a view without any is not there.
SELECT view, count(*) AS events
FROM views.set_aside
WHERE view = ANY ($1)
GROUP BY view
