"""What becomes of the safety flags in the demonstration: who was asked, who saw them, and then."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, assert_never

from events import safety_flag
from events.decider import Decider
from events.safety_flag_decisions import (
    AcknowledgeSafetyFlag,
    ActOnSafetyFlag,
    CloseSafetyFlag,
    EscalateSafetyFlag,
    decider,
    watcher,
)
from service.demonstration import entries
from service.demonstration.deeds import Deed, Life
from service.demonstration.furniture import DUTY
from service.demonstration.plan import Acknowledge, ActOn, AskTheNext, CloseFlag
from workers.safety import ACTOR

INSTRUMENT = "phq9"


def flag_steps(life: Life) -> Iterator[Deed]:
    """The steps are dated from the hour at which the form was sent."""
    for step in life.person.flag_steps:
        form_id = entries.form_id_of(life, INSTRUMENT, step.form_day)
        flag_id = safety_flag.flag_id(form_id, 1)
        at = entries.sent_at(life, step.form_day) + timedelta(hours=step.hours)
        decides: Decider[Any, Any, Any] = decider
        actor = f"clinician:{step.by}"
        match step.act:
            case AskTheNext():
                decides, actor = watcher, ACTOR
                command: Any = EscalateSafetyFlag(flag_id=flag_id, duty=DUTY, now=at)
            case Acknowledge():
                command = AcknowledgeSafetyFlag(flag_id=flag_id)
            case ActOn(action):
                command = ActOnSafetyFlag(flag_id=flag_id, action=action)
            case CloseFlag(reason, outcome):
                command = CloseSafetyFlag(flag_id=flag_id, reason=reason, outcome=outcome)
            case _:
                assert_never(step.act)
        yield life.issued(
            decides,
            safety_flag.CATEGORY,
            safety_flag.stream_id(life.client_id),
            command,
            at=at,
            actor=actor,
        )
