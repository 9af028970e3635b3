"""A body as it comes: how long it may stand still, and whether its sender has gone."""

import asyncio
from typing import Any

from litestar.types import HTTPScope, Receive

from service.bodies import BodyNotComplete
from service.limits import LIMITS
from service.line import BROKEN_BODY
from service.passing import Passing


class IncomingBody:
    """A `receive` that waits for more of a body no longer than `LIMITS.body_seconds`.

    `gone` says whether the sender has hung up before all of the body was there.
    """

    def __init__(self, receive: Receive, passing: Passing, scope: HTTPScope) -> None:
        self._receive = receive
        self._passing = passing
        self._extensions: dict[str, Any] = scope.get("extensions") or {}
        self._broken: Exception | None = None
        self._is_complete = False
        self.gone = False

    async def __call__(self) -> Any:
        """Raises BodyNotComplete where nothing more comes, and RequestRefused or HeadersTooLarge
        where what comes can not be read: see service/line.py.
        """
        if self._is_complete or self._passing.started:
            # Who follows a stream waits here until its reader goes.
            return await self._receive()
        if self._broken is not None:
            raise self._broken
        try:
            async with asyncio.timeout(LIMITS.body_seconds):
                message = await self._receive()
        except TimeoutError:
            raise BodyNotComplete from None
        if message["type"] == "http.disconnect":
            self.gone = True
            raise BodyNotComplete
        self._is_complete = not message.get("more_body", False)
        # Once a body is broken, all that has come of it is in this message.
        self._broken = self._extensions.get(BROKEN_BODY)
        return message
