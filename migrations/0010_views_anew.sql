-- Views whose rows hold more than an older Cairn has folded, or hold it otherwise, again from the
-- log. Those that are not named here stay as they are, and the projector keeps them at its end
-- meanwhile.

-- A goal that was reached, by evidence that has been corrected or withdrawn since.
ALTER TABLE views.goal_status
ADD COLUMN no_longer_met boolean NOT NULL DEFAULT false;

TRUNCATE views.assessment_trend, views.goal_status, views.tracking;

DELETE FROM views.checkpoint
WHERE view IN ('assessment_trend', 'goal_status', 'tracking');
