"""The one list of everything that can be in the log, and its form in bytes.

An event is JSON: it keeps a time's offset from UTC, and a person can read it after a restore.
A new version of an event gets a new tag; what was released stays decodable for ever.
"""

import msgspec

from events.assessment import AssessmentEvent
from events.check_in import CheckInEvent
from events.client import ClientEvent
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

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Event)

encode = _encoder.encode
decode = _decoder.decode


def type_of(event: Event) -> str:
    """The tag that names an event's type and version in the log: mood.logged.v1."""
    return str(event.__struct_config__.tag)


def types() -> dict[str, type[msgspec.Struct]]:
    """Every event type by its tag, in the order of the modules."""
    return {str(one.__struct_config__.tag): one for one in Event.__args__}
