"""What clients, apps and webhooks are told by a practice whose positions can be told from others.

The log of the practice goes on from a number that no other number in an answer comes near.
"""

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Any

import asyncpg
import httpx
import msgspec

from service.auth import Role
from tests.conftest import Database
from tests.service.conftest import Asker, House
from tests.service.in_one_house.test_who_may import OPERATIONS
from tests.workers.receivers import Got

FAR = 7_300_000
BEYOND = FAR + 100_000
_NUMBER = re.compile(r"(?<![0-9A-Za-z])[0-9]{7}(?![0-9A-Za-z])")


class Outsider(Asker, kw_only=True):
    """A client or an app, who keeps all that they are told, by the route that told it."""

    role: Role
    told: list[tuple[str, Any]] = msgspec.field(default_factory=list)

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        answer = await super().ask(method, path, body, **headers)
        self.told.append((route_of(method, path), dict(answer.headers)))
        self.told.append((route_of(method, path), answer.json()))
        return answer

    def routes_left(self) -> set[str]:
        """The routes that are open to their role and that they have not asked."""
        theirs = {f"{method} {path}" for method, path, one in OPERATIONS if self.role in one.roles}
        return theirs - {route for route, _ in self.told}


def outsider(house: House, role: Role, subject: str) -> Outsider:
    return Outsider(house=house, headers=house.asker(role, subject).headers, role=role)


def route_of(method: str, path: str) -> str:
    """The route that an address belongs to."""
    bare = path.partition("?")[0]
    fitting = [
        f"{known} {template}"
        for known, template, _ in OPERATIONS
        if known == method and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), bare)
    ]
    # One that names what another takes for an id comes first.
    return min(fitting, key=lambda one: one.count("{"))


async def go_far(house: House, database: Database) -> None:
    """Let the log of the practice go on after `FAR`."""
    connection = await asyncpg.connect(database.admin)
    try:
        await connection.execute(
            "UPDATE practice_log SET position = $2 WHERE practice_id = $1", house.practice_id, FAR
        )
    finally:
        await connection.close()


def told_by(got: Got) -> list[Any]:
    """What a webhook tells its receiver: the headers, and the body."""
    return [dict(got.headers), msgspec.json.decode(got.body)]


def positions_in(told: Any, *, at: str = "") -> Iterator[str]:
    """Where something that was told gives a position away."""
    match told:
        case dict():
            for name, value in told.items():
                if "position" in name.lower() and not is_token(value):
                    yield f"{at}/{name} is {value!r}"
                yield from positions_in(value, at=f"{at}/{name}")
        case list() | tuple():
            for nth, value in enumerate(told):
                yield from positions_in(value, at=f"{at}/{nth}")
        case bool():
            pass
        case int() | float():
            if FAR <= told <= BEYOND:
                yield f"{at} is {told}"
        case str():
            if any(FAR <= int(number) <= BEYOND for number in _NUMBER.findall(told)):
                yield f"{at} is {told}"
            if (inside := packed_in(told)) is not None:
                yield from positions_in(inside, at=f"{at}, unpacked")


def is_token(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch("[A-Za-z0-9_-]{48}", value) is not None


def packed_in(text: str) -> Any:
    """What a cursor has in it, if the text is one."""
    if is_token(text):
        return None
    try:
        found = msgspec.msgpack.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error, msgspec.DecodeError):
        return None
    return found if isinstance(found, list) else None
