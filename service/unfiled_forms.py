"""Forms that are refused: an endorsed item about death or self-harm is not lost with its form.

A form may be refused for many a reason: a clock that is ahead, an id that was used, a total that
disagrees. What can be read of the form is read all the same, and where the form endorses such an
item, that goes onto the queue of safety flags as an answer that could not be filed.
"""

import json
import re
from typing import Any, Final
from uuid import UUID

import msgspec
import structlog

from events import assessment, instruments
from events.assessment import Assessment
from events.decider import NotFound, Rejected
from events.instruments import Endorsed
from events.store import Stream, read_state
from events.unfiled import UnfiledForm, raise_unfiled_flag
from service.auth import Principal
from service.operations import LOGGERS
from service.wiring import Cairn

NEW_FORM: Final = re.compile(r"/v1/clients/([0-9A-Fa-f-]{36})/assessments/?")
CORRECTED_FORM: Final = re.compile(r"/v1/assessments/([0-9A-Fa-f-]{36})/?")
INSTRUMENT: Final = re.compile(r'"instrument"\s*:\s*"([A-Za-z0-9_-]{1,40})"')
ANSWERS: Final = re.compile(r'"answers"\s*:\s*\[([^\]\[{}]{0,2000})')
SUICIDE_ITEM: Final = re.compile(r'"suicide_item"\s*:\s*"?(\d{1,3})')
FORM_ID: Final = re.compile(r'"id"\s*:\s*"([0-9A-Fa-f-]{36})"')
log = structlog.get_logger("cairn.unfiled")


class FormAddress(msgspec.Struct, frozen=True, kw_only=True):
    """Where a form was sent: for a client, or in place of a form that is there."""

    client_id: UUID | None = None
    assessment_id: UUID | None = None


class ReadForm(msgspec.Struct, frozen=True, kw_only=True):
    """What could be read of a form, however it was refused."""

    instrument: str | None = None
    answers: tuple[int | None, ...] | None = None
    suicide_item: int | None = None
    total: float | None = None
    form_id: UUID | None = None


class LookedAt(msgspec.Struct, frozen=True, kw_only=True):
    """What came of looking at a refused form: whose the form is, where the token may write that.

    `flag_id` is the flag of an answer that could not be filed, `asked` whether anybody was asked to
    look at the flag.
    """

    client_id: UUID | None = None
    flag_id: UUID | None = None
    asked: bool = False


def form_address(method: str, path: str) -> FormAddress | None:
    """Where a request sends a form; None where the request sends none."""
    try:
        if method == "POST" and (new := NEW_FORM.fullmatch(path)) is not None:
            return FormAddress(client_id=UUID(new[1]))
        if method == "PUT" and (corrected := CORRECTED_FORM.fullmatch(path)) is not None:
            return FormAddress(assessment_id=UUID(corrected[1]))
    except ValueError:
        pass
    return None


def read_form(body: bytes, key: str | None) -> ReadForm:
    """What a body says, be it not JSON, of another shape or with faults. Raises nothing.

    `key` is the Idempotency-Key, which is the form's id where the body has none.
    """
    text = body.decode("utf-8", "replace")
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        said = pieces_of(text)
    answers = said.get("answers")
    return ReadForm(
        instrument=said["instrument"] if isinstance(said.get("instrument"), str) else None,
        answers=tuple(map(number, answers)) if isinstance(answers, list) else None,
        suicide_item=number(said.get("suicide_item")),
        total=total_of(said.get("total")),
        form_id=uuid_of(said.get("id")) or uuid_of((key or "").strip('"')),
    )


def pieces_of(text: str) -> dict[str, Any]:
    """The fields of a form in a text that is no JSON: it was cut off, for example."""
    said: dict[str, Any] = {}
    for name, pattern in (
        ("instrument", INSTRUMENT),
        ("suicide_item", SUICIDE_ITEM),
        ("id", FORM_ID),
    ):
        if (found := pattern.search(text)) is not None:
            said[name] = found[1]
    if (found := ANSWERS.search(text)) is not None:
        said["answers"] = [one.strip().strip('"') for one in found[1].split(",")]
    return said


def number(said: Any) -> int | None:
    """A whole number, be it written as text; None for anything else."""
    if isinstance(said, bool):
        return None
    if isinstance(said, int):
        return said
    if isinstance(said, float) and said.is_integer():
        return int(said)
    if isinstance(said, str) and re.fullmatch(r"\s*\d{1,3}\s*", said):
        return int(said)
    return None


def total_of(said: Any) -> float | None:
    return float(said) if isinstance(said, int | float) and not isinstance(said, bool) else None


def uuid_of(said: Any) -> UUID | None:
    try:
        return UUID(said) if isinstance(said, str) else None
    except ValueError:
        return None


def endorsed_in(form: ReadForm, instrument: str) -> Endorsed | None:
    """The item about death or self-harm that a form answers with more than 0, if any."""
    if instrument not in instruments.known():
        return None
    by_answers = instruments.endorsed(instrument, form.answers)
    by_total = instruments.endorsed(instrument, None, form.suicide_item, total=form.total)
    return by_answers or by_total


async def look_at_refused(
    cairn: Cairn,
    principal: Principal,
    address: FormAddress,
    form: ReadForm,
    *,
    why: str,
    request_id: UUID,
) -> LookedAt:
    """Put an endorsed item of a refused form onto the queue of flags, if there is one.

    Only for a client whose record the token may write. Raises what the log raises where it can not
    be reached.
    """
    if principal.role not in LOGGERS:
        return LookedAt()
    try:
        client_id, instrument = await subject_of(cairn, principal, address, form)
    except Rejected:
        return LookedAt()  # Nothing is said about what is not theirs.
    found = None if instrument is None else endorsed_in(form, instrument)
    if instrument is None or found is None:
        return LookedAt(client_id=client_id)
    raised = await raise_unfiled_flag(
        cairn.store,
        principal.practice_id,
        UnfiledForm(
            client_id=client_id,
            instrument=instrument,
            found=found,
            why=why,
            form_id=address.assessment_id or form.form_id,
        ),
        actor=principal.actor,
        command_id=request_id,
        now=cairn.clock(),
    )
    log.warning("form_not_filed", practice_id=str(principal.practice_id), refusal=why)
    return LookedAt(client_id=client_id, flag_id=raised.flag_id, asked=raised.asked)


async def subject_of(
    cairn: Cairn, principal: Principal, address: FormAddress, form: ReadForm
) -> tuple[UUID, str | None]:
    """Whose form it is, and of which instrument. Raises NotFound, RecordUnreadable."""
    if address.client_id is not None:
        principal.require_client(address.client_id)
        await cairn.enrolled.require(principal.practice_id, address.client_id)
        return address.client_id, form.instrument
    if address.assessment_id is None:
        raise NotFound
    stream = Stream(
        practice_id=principal.practice_id,
        stream_id=address.assessment_id,
        category=assessment.CATEGORY,
    )
    read = await read_state(cairn.store, assessment.decider, stream)
    state: Assessment = read.state
    if not read.past or state.client_id is None:
        raise NotFound
    principal.require_client(state.client_id)
    return state.client_id, state.instrument
