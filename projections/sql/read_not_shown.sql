-- What of these clients which of the views $3 can not show: how many events, and since when.
SELECT client_id, view, count(*) AS events, min(since) AS since_at
FROM views.set_aside
WHERE practice_id = $1 AND client_id = ANY ($2) AND view = ANY ($3)
GROUP BY client_id, view
ORDER BY client_id, view
