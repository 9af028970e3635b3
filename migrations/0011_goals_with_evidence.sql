-- Goals, again from the log: their rows know now which entries an open suggestion was computed from.
TRUNCATE views.goal_status;

DELETE FROM views.checkpoint
WHERE view = 'goal_status';
