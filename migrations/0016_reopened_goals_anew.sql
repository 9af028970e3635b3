-- Goals, again from the log: a goal that was closed while it was paused, and reopened, has rested
-- until it was reopened, and rows that an older Cairn has folded do not know that.
TRUNCATE views.goal_status;

DELETE FROM views.checkpoint
WHERE view = 'goal_status';
