"""The one list of everything that can be in the log: the codec that its stores are given.

A new version of an event gets a new tag; what was released stays decodable for ever.
"""

import msgspec

from events.assessment import AssessmentEvent
from events.check_in import CheckInEvent
from events.client import ClientEvent
from events.codec import Codec
from events.goal import GoalEvent
from events.mood import MoodEvent
from events.practice import PracticeEvent
from events.safety_flag import SafetyFlagEvent
from events.session import SessionEvent
from events.subscription import SubscriptionEvent
from events.suggestion import SuggestionEvent
from events.template_library import TemplateEvent

Event = (
    PracticeEvent
    | ClientEvent
    | GoalEvent
    | MoodEvent
    | CheckInEvent
    | AssessmentEvent
    | SafetyFlagEvent
    | SessionEvent
    | SuggestionEvent
    | TemplateEvent
    | SubscriptionEvent
)

CODEC = Codec(*Event.__args__)

encode = CODEC.encode
decode = CODEC.decode


def types() -> dict[str, type[msgspec.Struct]]:
    """Every event type by its tag, in the order of the modules."""
    return dict(CODEC.types)
