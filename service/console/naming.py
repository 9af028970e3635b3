"""Finds a client, goal, flag, draft or subscription of a practice by what somebody calls it.

The rule is in matching.py. Ids are looked for in the log, which is never behind; names in the
views, and of a flag among those that are open.
"""

from collections.abc import Callable, Collection, Iterable
from typing import Any, Final
from uuid import UUID

import click
import msgspec

from events.suggestion import OPEN
from projections import naming
from projections.naming import ClientName, GoalName, NamedCategory, SuggestionName
from projections.safety_queue import SafetyFlagRow
from projections.waiting import NAMELESS
from service.console.cells import on_a_terminal
from service.console.matching import (
    KindWords,
    Known,
    Unclear,
    fit_of,
    fitting,
    folded,
    id_of,
    letters_of,
    only,
    shortest,
)
from service.console.output import moment
from service.subscription_answers import all_subscriptions
from service.wiring import Cairn

CLIENT = KindWords(one="client", several="clients", listed_by="cairn caseload")
GOAL = KindWords(one="goal", several="goals", listed_by="cairn client CLIENT")
FLAG = KindWords(one="safety flag", several="safety flags", listed_by="cairn safety")
DRAFT = KindWords(one="suggestion", several="suggestions", listed_by="cairn suggestions")
SUBSCRIPTION = KindWords(
    one="subscription", several="subscriptions", listed_by="cairn subscriptions"
)

# The goals and drafts of more clients than these are not looked at: the name says too little.
MOST_CLIENTS: Final = 50
# So many ids that begin with the same letters are counted.
MOST_FOUND: Final = 1_000
CLOSED_AT_A_TIME: Final = 200
STATEMENT_SHOWN: Final = 72


def called(metavar: str, *, required: bool = True) -> Callable[[Any], Any]:
    """An argument by which something is called: of several words, which need no quotation marks."""
    return click.argument(
        "said",
        nargs=-1,
        required=required,
        metavar=metavar if required else f"[{metavar}]",
        callback=lambda _ctx, _param, words: " ".join(words),
    )


class Names(msgspec.Struct, frozen=True, kw_only=True):
    """What is called how in one practice.

    Each of these takes a full id as it is. They raise Choice where nothing is called so, and
    Unclear where several are.
    """

    cairn: Cairn
    practice_id: UUID

    async def client(self, said: str, *, changing: bool = False) -> UUID:
        """A client, by their name."""
        if (one := id_of(said)) is not None:
            return one
        found = await self._by_letters("client", said)
        rows = await naming.client_names(self.cairn.views, self.practice_id)
        named = {row.client_id: known_client(row) for row in rows}
        nameless = [Known(id=str(one), name=NAMELESS) for one in found if one not in named]
        known = [*named.values(), *nameless]
        return UUID(only(said, fitting(said, known, changing=changing), CLIENT))

    async def goal(self, said: str, *, changing: bool = False) -> UUID:
        """A goal, by its client's name, and words of its statement where there are several."""
        if (one := id_of(said)) is not None:
            return one
        views, practice_id = self.cairn.views, self.practice_id
        begun = await self._by_letters("goal", said)
        clients = await self._clients_in(said, GOAL)
        rows = await naming.goal_names(views, practice_id, of_clients=clients, goal_ids=begun)
        names = await names_of(self.cairn, practice_id, {row.client_id for row in rows})
        known = {row.goal_id: known_goal(row, names) for row in rows}
        nameless = [Known(id=str(one), name=NAMELESS) for one in begun if one not in known]
        found = fitting(said, [*known.values(), *nameless], changing=changing)
        return UUID(only(said, found, GOAL))

    async def suggestion(self, said: str) -> UUID:
        """A draft that waits, by its client's name and its kind; any suggestion by its id."""
        if (one := id_of(said)) is not None:
            return one
        views, practice_id = self.cairn.views, self.practice_id
        found = await self._by_letters("suggestion", said)
        clients = await self._clients_in(said, DRAFT)
        rows = await naming.suggestion_names(
            views, practice_id, of_clients=clients, status=OPEN, suggestion_ids=found
        )
        names = await names_of(self.cairn, practice_id, {row.client_id for row in rows})
        goals = await naming.goal_names(views, practice_id, goal_ids={row.goal_id for row in rows})
        statements = {goal.goal_id: goal.statement for goal in goals}
        known = {row.suggestion_id: known_draft(row, names, statements) for row in rows}
        nameless = [Known(id=str(one), name=NAMELESS) for one in found if one not in known]
        return UUID(only(said, fitting(said, [*known.values(), *nameless]), DRAFT))

    async def flag_to_change(self, said: str) -> UUID:
        """A safety flag that is open, by its client's name; a closed one by its id."""
        if (one := id_of(said)) is not None:
            return one
        flags = self.cairn.views.open_flags
        rows = list((await flags.of(self.practice_id)).rows)
        names = await names_of(self.cairn, self.practice_id, {row.client_id for row in rows})
        found = fitting(said, [known_flag(row, names) for row in rows], changing=True)
        if not found and letters_of(said):
            async for row in flags.closed(self.practice_id, before=None, limit=CLOSED_AT_A_TIME):
                found += fitting(said, [Known(id=str(row.flag_id), name="closed")])
        return UUID(only(said, found, FLAG))

    async def subscription(self, said: str, *, changing: bool = False) -> UUID:
        """A subscription, by its name; one that was deleted by its id."""
        if (one := id_of(said)) is not None:
            return one
        read = await all_subscriptions(self)
        known = {one.id: Known(id=str(one.id), name=one.name) for one in read.items}
        for one in await self._by_letters("subscription", said):
            known.setdefault(one, Known(id=str(one), name="deleted, or can not be read"))
        found = fitting(said, list(known.values()), changing=changing)
        return UUID(only(said, found, SUBSCRIPTION))

    async def _by_letters(self, category: NamedCategory, said: str) -> list[UUID]:
        """What begins with these letters of an id, if they are such; more than are listed."""
        letters = letters_of(said)
        if letters is None:
            return []
        first, last = (UUID(letters.ljust(32, end)) for end in "0f")
        return await naming.ids_between(
            self.cairn.views, self.practice_id, category, first, last, limit=MOST_FOUND
        )

    async def _clients_in(self, said: str, kind: KindWords) -> list[UUID]:
        """The clients of whose name there is a word in what was said. Raises Unclear.

        Where these are too many, those of whose name every word is.
        """
        rows = await naming.client_names(self.cairn.views, self.practice_id)
        known = {row.client_id: known_client(row) for row in rows}
        words = folded(said)
        found = [
            one for one, name in known.items() if any(fit_of(word, name) for word in words.split())
        ]
        if len(found) > MOST_CLIENTS:
            found = [one for one in found if fit_of(words, known[one])] or found
        if len(found) > MOST_CLIENTS:
            raise Unclear(
                f"These words are in the names of {len(found):,} clients, so it is not clear which "
                f"{kind.one} is meant. Say more of the name, or the first letters of the id."
            )
        return found


def known_client(row: ClientName) -> Known:
    more = "" if row.stage == "enrolled" else row.stage
    note = f"enrolled {row.enrolled_at:%Y-%m-%d}"
    return Known(id=str(row.client_id), name=row.display_name, more=more, note=note)


def known_goal(row: GoalName, names: dict[UUID, str]) -> Known:
    return Known(id=str(row.goal_id), name=names[row.client_id], more=row.statement)


def known_draft(row: SuggestionName, names: dict[UUID, str], statements: dict[UUID, str]) -> Known:
    more = f"{row.kind}, {row.status}, date {row.due_on}, {statements.get(row.goal_id, '')}"
    return Known(id=str(row.suggestion_id), name=names[row.client_id], more=more)


def known_flag(row: SafetyFlagRow, names: dict[UUID, str]) -> Known:
    form = f"{row.instrument} item {row.item}" if row.is_readable else "can not be read"
    more = f"{form}, raised {moment(row.raised_at)}"
    return Known(id=str(row.flag_id), name=names[row.client_id], more=more)


async def names_of(
    cairn: Cairn, practice_id: UUID, client_ids: Collection[UUID]
) -> dict[UUID, str]:
    """The names of these clients; of one whose name can not be read the id stands beside that."""
    rows = await naming.client_names(cairn.views, practice_id, client_ids)
    nameless = {one: f"{NAMELESS} {one}" for one in client_ids}
    return nameless | {row.client_id: row.display_name for row in rows}


async def statements_of(
    cairn: Cairn, practice_id: UUID, goal_ids: Collection[UUID]
) -> dict[UUID, str]:
    """What these goals say; nothing of a goal that can not be read."""
    rows = await naming.goal_names(cairn.views, practice_id, goal_ids=goal_ids)
    return dict.fromkeys(goal_ids, "") | {row.goal_id: row.statement for row in rows}


class ShownIds(dict[UUID, str]):
    """How ids are shown: by their first letters where these were looked up, else in full."""

    def __missing__(self, one: UUID) -> str:
        return str(one)


async def ids_shown(cairn: Cairn, practice_id: UUID, ids: Iterable[UUID]) -> ShownIds:
    """On a terminal the first letters of each, as many as no other id of the practice has.

    A program that reads is shown every id in full.
    """
    if not on_a_terminal():
        return ShownIds()
    wanted = {one: str(one) for one in ids}
    beside = await naming.neighbours(cairn.views, practice_id, list(wanted))
    others = [str(one) for found in beside.values() for one in found]
    letters = shortest(list(wanted.values()), others)
    return ShownIds({one: letters[text] for one, text in wanted.items()})


def flags_shown(flag_ids: Iterable[UUID], others: Iterable[UUID] = ()) -> ShownIds:
    """The same for flags: no other id of the practice stands in for one of them."""
    if not on_a_terminal():
        return ShownIds()
    wanted = {one: str(one) for one in flag_ids}
    letters = shortest(list(wanted.values()), list(map(str, others)))
    return ShownIds({one: letters[text] for one, text in wanted.items()})
