SELECT position
FROM head_at_upgrade
WHERE practice_id = $1
