"""What each route declares beside its code: who may ask, what it answers, and an example."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec

from projections.told_position import ToldPosition
from service.auth import Role

CLINICIAN: frozenset[Role] = frozenset({"clinician"})
OPERATOR: frozenset[Role] = frozenset({"operator"})
CLINICIAN_AND_CLIENT: frozenset[Role] = frozenset({"clinician", "client"})
CLINICIAN_AND_APP: frozenset[Role] = frozenset({"clinician", "app"})
LOGGERS: frozenset[Role] = frozenset({"clinician", "client", "app"})
READERS: frozenset[Role] = frozenset({"clinician", "client", "auditor", "app"})
PRACTICE_READERS: frozenset[Role] = frozenset({"clinician", "auditor", "app"})
# Who is told what waits for the clinician. An app acts for clients: it learns what they do.
TOLD_ALL: frozenset[Role] = frozenset({"clinician", "auditor"})
RECORD_READERS: frozenset[Role] = frozenset({"clinician", "client", "auditor"})


# The name of an example where there is one alone.
ONLY = "example"


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One method of one address.

    A command takes an Idempotency-Key; `conditional` ones take If-Match too, and answer an ETag.
    A read takes a Cairn-Position where `positioned`; a `streamed` one answers, for as long as the
    reader stays, events with `answers` as their data. Where it `rests` it may be refused for now,
    because somebody has paused what it shows; one `of_record`, because a record that it is folded
    from does not open. `examples` are bodies that would be accepted,
    by name, `answer_example` is an answer as it might be. Where the
    `body_optional`, a request may come without one. An answer with a `secret` in it is never
    compressed (service/compression.py).
    """

    roles: frozenset[Role]
    tag: str
    answers: Any
    command: bool = False
    conditional: bool = False
    creates: bool = False
    positioned: bool = False
    streamed: bool = False
    rests: bool = False
    of_record: bool = False
    body_optional: bool = False
    secret: bool = False
    examples: Mapping[str, Any] = {}
    answer_example: Any = None

    @property
    def example(self) -> Any:
        """A body that would be accepted: the first."""
        return next(iter(self.examples.values()), None)


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What a command answers: whose id, the version it now has, and where the log now is.

    `position` is a number for clinicians and auditors, and a token for clients and apps. Send it in
    `Cairn-Position` with a read, and the read shows what this command has changed.
    Sending the same command again, with the same Idempotency-Key or the same chosen id, answers
    the same again, with the header Idempotency-Replayed.
    """

    id: UUID
    version: int
    position: ToldPosition


def command(
    *,
    roles: frozenset[Role],
    tag: str,
    example: Any = None,
    examples: Mapping[str, Any] | None = None,
    conditional: bool = False,
    creates: bool = False,
    body_optional: bool = False,
    answers: Any = Receipt,
) -> dict[str, Any]:
    """The keywords of a route that changes something; it answers a Receipt, or more than one.

    One `example` of a body will do where it shows all there is; else there are named ones.
    """
    if examples is None:
        examples = {} if example is None else {ONLY: example}
    operation = Operation(
        roles=roles,
        tag=tag,
        answers=answers,
        command=True,
        conditional=conditional,
        creates=creates,
        body_optional=body_optional,
        examples=examples,
    )
    return {"opt": {"operation": operation}, "status_code": 201 if creates else 200}


def stream(
    *, roles: frozenset[Role], tag: str, answers: Any, rests: bool = False
) -> dict[str, Any]:
    """The keywords of a route that answers with server-sent events, each with an `answers`."""
    operation = Operation(roles=roles, tag=tag, answers=answers, streamed=True, rests=rests)
    return {"opt": {"operation": operation}, "media_type": "text/event-stream"}


def read(
    *,
    roles: frozenset[Role],
    tag: str,
    answers: Any,
    conditional: bool = False,
    positioned: bool = True,
    rests: bool = False,
    of_record: bool = False,
    secret: bool = False,
    answer_example: Any = None,
) -> dict[str, Any]:
    """The keywords of a route that only looks; `positioned` unless the log says nothing of it."""
    operation = Operation(
        roles=roles,
        tag=tag,
        answers=answers,
        conditional=conditional,
        positioned=positioned,
        rests=rests,
        of_record=of_record,
        secret=secret,
        answer_example=answer_example,
    )
    return {"opt": {"operation": operation}}
