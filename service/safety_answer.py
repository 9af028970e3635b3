"""What whoever sends a form reads at once: who can be reached now, and whether one was asked."""

from datetime import date

import msgspec

from events.decider import Rejected
from events.practice_choices import CrisisLine


class SafetyAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody reads who has sent a form: who can be reached now, and whether one was asked.

    `person_notified` is true where a flag of this client is open and somebody on duty was asked.
    `notice` says in the client's language (`language`) what has become of the form, whether
    somebody was asked to look where it asks about death or self-harm, and that nobody watches in
    real time; the `lines` are those of the client's `country`. Show all of it, as it is.
    `reviewed_by` and `reviewed_on` are null until somebody of the practice has said that they have
    looked over the lines; `checked_by` is who wrote them down.
    """

    person_notified: bool
    notice: str
    language: str
    country: str
    lines: tuple[CrisisLine, ...]
    reviewed_on: date | None
    reviewed_by: str | None
    checked_by: str
    source: str


class FormRefused(Exception):
    """A form was refused, and whoever sent it is told all the same where a person can be reached.

    It carries the refusal itself, which decides the status and the words of the problem.
    """

    def __init__(self, refusal: Rejected, safety: SafetyAnswer) -> None:
        super().__init__()
        self.refusal = refusal
        self.safety = safety
