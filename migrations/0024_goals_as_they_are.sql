-- Goals, the caseload and who is not on track, again from the log: each row holds the goal's own state
-- now, as the goal's stream makes it, and what an older Cairn has folded lacks it.
TRUNCATE views.goal_status, views.caseload, views.tracking;

DELETE FROM views.checkpoint
WHERE view IN ('goal_status', 'caseload', 'tracking');
