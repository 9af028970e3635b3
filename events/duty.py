"""Who may stand on a practice's duty list, and when the list may be emptied."""

import re
from collections.abc import Collection

from events.practice_choices import Duty
from events.refusals import StateRefused, ValueRefused, refuse

# As a token may carry it (service.auth).
STAFF_SUBJECT = re.compile(r"(?=[._-]*[A-Za-z0-9])[A-Za-z0-9._-]{1,64}")


class DutySubjectNotStaff(ValueRefused):
    """A subject on the duty list is a client's, or one that no token could have: name a clinician by the subject of their token."""  # noqa: E501 - one sentence, read by people

    field = "people"


class DutyNamesSomebodyTwice(ValueRefused):
    """Somebody stands on the duty list twice: leave out the second mention."""

    field = "people"


class NobodyWouldBeAsked(StateRefused):
    """Safety flags are open and nobody would be asked about them: close them first, name somebody, or say that this is meant (although_flags_are_open: true)."""  # noqa: E501 - one sentence, read by people

    detail = (
        "Safety flags that are open: {open_flags}. With an empty duty list nobody would be asked "
        "about them: close them first, name somebody, or say that this is meant "
        "(although_flags_are_open: true)."
    )


def require_staff(duty: Duty, *, clients: Collection[str]) -> None:
    """Raises DutySubjectNotStaff, DutyNamesSomebodyTwice, one for each mention that is refused."""
    people = [person.subject for person in duty.people]
    refused: list[ValueRefused] = []
    for nth, subject in enumerate(people):
        if not STAFF_SUBJECT.fullmatch(subject) or subject.lower() in clients:
            refused.append(DutySubjectNotStaff(field=f"people/{nth}/subject"))
        elif subject in people[:nth]:
            refused.append(DutyNamesSomebodyTwice(field=f"people/{nth}/subject"))
    refuse(refused)


def require_somebody_to_ask(before: Duty, duty: Duty, *, open_flags: int) -> None:
    """Raises NobodyWouldBeAsked where the list is emptied while safety flags are open."""
    if open_flags and before.people and not duty.people:
        raise NobodyWouldBeAsked(open_flags=open_flags)
