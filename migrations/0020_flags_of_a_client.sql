-- All that is recorded of a client's safety flags, whatever stream it lies in: read before a form is
-- recorded, and before anything is offered.
CREATE INDEX event_log_flags_of_client ON event_log (practice_id, client_id, position)
WHERE category = 'safety_flag';
