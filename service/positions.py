"""Positions of the log at the door: what each role is told of them, and what each may send."""

from collections import OrderedDict
from typing import Final
from uuid import UUID

import asyncpg

from events.refusals import StateRefused
from events.sealing import MasterKey, SealBroken
from events.sql import statement
from projections.epochs import Epochs
from projections.told_event import NumberedEvent, with_token
from projections.told_position import SealedPositions, ToldPosition
from service.auth import Principal
from service.operations import TOLD_ALL
from service.problems import ParameterRefused

READ_HEAD_AT_UPGRADE = statement("read_head_at_upgrade")
REMEMBERED_PRACTICES: Final = 10_000
MALFORMED: Final = "Expected a position as it was answered."
AHEAD: Final = "The log has not come that far: send a position it answered with."


class EpochChanged(StateRefused):
    """The log was restored from a backup, and has other events after this position: go on after facts.agreed, else from the beginning, and send facts.epoch as epoch."""  # noqa: E501 - one sentence, read by people


class Positions:
    """Clinicians and auditors are told positions as numbers, everybody else as tokens.

    Everybody may send a token back. A number that a client or an app sends is one that they were
    told by a release that told them numbers: it is taken up to where the log was when that ended,
    and not beyond, because they could count the log with it.
    """

    def __init__(self, pool: asyncpg.Pool, master: MasterKey, epochs: Epochs) -> None:
        self._pool = pool
        self._epochs = epochs
        self._sealed = SealedPositions(master, tag=epochs.current.tag)
        self._heads: OrderedDict[UUID, int] = OrderedDict()

    def told(
        self, principal: Principal, position: ToldPosition, *, of: str | None = None
    ) -> ToldPosition:
        """A position as this principal is told it; for `of` see SealedPositions.token."""
        if principal.role in TOLD_ALL or isinstance(position, str):
            return position
        return self._sealed.token(principal.practice_id, position, of=of)

    def sealed(self, practice_id: UUID, event: NumberedEvent) -> NumberedEvent:
        """An event of a subscription as an app is told it."""
        return with_token(event, self._sealed, practice_id)

    async def opened(self, practice_id: UUID, token: str) -> int:
        """The position in a token. Raises SealBroken where this is no token of this practice.

        Raises EpochChanged where the log has other events there than when the token was made.
        """
        told = self._sealed.opened(practice_id, token)
        self._require(told.position, await self._epochs.agreed_by_tag(practice_id, told.tag))
        return told.position

    async def require_agreed(self, practice_id: UUID, position: int, epoch: UUID | None) -> None:
        """Raises EpochChanged where the log has other events at a position than in that epoch.

        Where no epoch is named, and the log was restored, the position is taken as far as all
        epochs agree: beyond that nobody knows of which one it is.
        """
        agreed = await self._epochs.agreed(practice_id, epoch)
        self._require(position, agreed, told=agreed)

    def _require(self, position: int, agreed: int | None, *, told: int | None = None) -> None:
        if agreed is None or position <= agreed:
            return
        refused = EpochChanged(epoch=str(self._epochs.current.epoch))
        if told is not None:
            refused.facts["agreed"] = told
        raise refused

    async def sent(self, principal: Principal, said: ToldPosition, *, parameter: str) -> int:
        """The position that a principal has sent in a parameter or header.

        Raises ParameterRefused for what this practice has not told this principal, and EpochChanged
        for a token of a part of the log that is gone. A number names no epoch.
        """
        if isinstance(said, str):
            try:
                return await self.opened(principal.practice_id, said)
            except SealBroken:
                raise ParameterRefused(parameter, MALFORMED) from None
        if principal.role not in TOLD_ALL and said > await self._told_as_numbers(principal):
            raise ParameterRefused(parameter, AHEAD)
        return said

    async def _told_as_numbers(self, principal: Principal) -> int:
        """The last position that clients and apps of a practice may have been told as a number.

        It is 0, which is behind every log and tells nothing, for a practice that was made later.
        Once there it never changes, so it is remembered.
        """
        practice_id = principal.practice_id
        head = self._heads.get(practice_id)
        if head is None:
            found: int | None = await self._pool.fetchval(READ_HEAD_AT_UPGRADE, practice_id)
            head = self._heads[practice_id] = found or 0
            while len(self._heads) > REMEMBERED_PRACTICES:
                self._heads.popitem(last=False)
        return head
