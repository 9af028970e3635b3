"""Forms that are refused: an endorsed item about death or self-harm is not lost with its form.

A form may be refused for many a reason: a clock that is ahead, an id that was used, a total that
disagrees. What can be read of the form is read all the same, and where the form endorses such an
item, that goes onto the queue of safety flags as an answer that could not be filed.
"""

from typing import Final
from uuid import UUID

import msgspec
import structlog

from events.assessment import ASSESSMENT, Assessment
from events.refusals import NotFound, Rejected
from events.store import read_state
from events.unfiled import UnfiledForm, raise_unfiled_flag
from service.auth import Principal
from service.form_reading import ReadForm
from service.operations import LOGGERS
from service.wiring import Cairn

# What may carry a form: a method that an address does not take is refused like anything else.
METHODS: Final = frozenset({"POST", "PUT", "PATCH"})
log = structlog.get_logger("cairn.unfiled")


class FormAddress(msgspec.Struct, frozen=True, kw_only=True):
    """Where a form was sent: for a client, or in place of a form that is there."""

    client_id: UUID | None = None
    assessment_id: UUID | None = None


class LookedAt(msgspec.Struct, frozen=True, kw_only=True):
    """What came of looking at a refused form: whose the form is, where the token may write that.

    `flag_id` is the flag of an answer that could not be filed, `asked` whether anybody was asked to
    look at the flag.
    """

    client_id: UUID | None = None
    flag_id: UUID | None = None
    asked: bool = False


def form_address(method: str, path: str) -> FormAddress | None:
    """Where a request sends a form; None where the request sends none.

    The path is read as the routes read it: empty parts count for nothing, and an id is whatever
    UUID takes for one.
    """
    if method not in METHODS:
        return None
    try:
        match [part for part in path.split("/") if part]:
            case ["v1", "clients", client_id, "assessments"]:
                return FormAddress(client_id=UUID(client_id))
            case ["v1", "assessments", assessment_id]:
                return FormAddress(assessment_id=UUID(assessment_id))
    except ValueError:
        pass
    return None


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
        client_id, instrument = await subject_of(cairn, principal, address)
    except Rejected:
        if principal.client_id is None or address.assessment_id is None:
            return LookedAt()  # Nothing is said about what is not theirs.
        # It may correct a form that was refused itself. Whose it is, the token says.
        client_id, instrument = principal.client_id, None
    endorsed = form.endorsed(instrument)
    if endorsed is None:
        return LookedAt(client_id=client_id)
    raised = await raise_unfiled_flag(
        cairn.store,
        principal.practice_id,
        UnfiledForm(
            client_id=client_id,
            instrument=endorsed.instrument,
            found=endorsed.found,
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
    cairn: Cairn, principal: Principal, address: FormAddress
) -> tuple[UUID, str | None]:
    """Whose form it is, and of which instrument a form that is there. Raises NotFound."""
    if address.client_id is not None:
        principal.require_client(address.client_id)
        await cairn.enrolled.require(principal.practice_id, address.client_id)
        return address.client_id, None
    if address.assessment_id is None:
        raise NotFound
    stream = ASSESSMENT.stream(principal.practice_id, address.assessment_id)
    read = await read_state(cairn.store, ASSESSMENT, stream)
    state: Assessment = read.state
    if not read.past or state.client_id is None:
        raise NotFound
    principal.require_client(state.client_id)
    return state.client_id, state.instrument
