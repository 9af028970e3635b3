-- What goals are reached by before their date, and whose session has another day than they do.

ALTER TABLE views.goal_status
ADD COLUMN target_met boolean NOT NULL DEFAULT false,
ADD COLUMN deadline_moved boolean NOT NULL DEFAULT false;

CREATE INDEX goal_status_met ON views.goal_status (passes_at, practice_id, goal_id)
WHERE target_met;

CREATE INDEX goal_status_moved ON views.goal_status (passes_at, practice_id, goal_id)
WHERE deadline_moved;

-- The latest goals that ended, or whose date passed: what similar goals are compared with.
CREATE INDEX goal_status_ended ON views.goal_status (practice_id, position)
WHERE stage IN ('reached', 'closed', 'replaced') OR stage = 'active' AND deadline_noticed;
