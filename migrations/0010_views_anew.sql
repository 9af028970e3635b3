-- Views whose rows hold more than an older Cairn has folded, or hold it otherwise, again from the
-- log. Those that are not named here stay as they are, and the projector keeps them at its end
-- meanwhile.
TRUNCATE views.assessment_trend, views.goal_status, views.tracking;

DELETE FROM views.checkpoint
WHERE view IN ('assessment_trend', 'goal_status', 'tracking');
