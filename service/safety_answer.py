"""What whoever sends a form reads at once: who can be reached now, and whether one was asked."""

from datetime import date

import msgspec

from events.practice_choices import CrisisLine


class SafetyAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody reads who has sent a form: who can be reached now, and whether one was asked.

    It speaks of this form and no other. `person_asked` is true where it stands on the practice's
    list of safety flags under somebody's name, which calls and wakes nobody; `person_notified`
    once a clinician has said that they have seen it. `notice` says so in the client's language
    (`language`), and that nobody watches in real time; the `lines` are those of the client's
    `country`. Show the notice and all lines, as they are. `reviewed_by` and `reviewed_on` are who
    of the practice has looked over the lines, and when; null where nobody has said so.
    """

    person_asked: bool
    person_notified: bool
    notice: str
    language: str
    country: str
    lines: tuple[CrisisLine, ...]
    reviewed_on: date | None
    reviewed_by: str | None
