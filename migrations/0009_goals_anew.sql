-- Goals, again from the log: their rows hold more than they did (pauses, rest days, sessions, moods),
-- and what an older Cairn has folded lacks it. The projector fills the table at its usual speed.
TRUNCATE views.goal_status;

DELETE FROM views.checkpoint
WHERE view = 'goal_status';
