"""Loads the demonstration: the same every time, but dated from today, and only once.

It is done in stretches of days, and after each stretch the workers look at the goals as they would
have then. Every id is computed, so a load that was killed is completed by the next one, from the
stretch on that it had come to. The day it begins on is kept in the log: it is the day on which the
practice was opened.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from uuid import UUID, uuid5

import msgspec

from events.aggregate import Stream
from events.ids import DerivedIds
from events.practice import PRACTICE, ChangePracticeSettings, OpenPractice
from events.record import Cause, Recorded, digest
from events.store import PAGE_LIMIT
from events.template_library import TEMPLATE_LIBRARY, AddTemplate
from events.transact import begin, handle
from projections.catalogue import VIEW_NAMES
from projections.catch_up import ENSURE_CHECKPOINTS
from projections.runner import Projector
from service.demonstration.acting import act
from service.demonstration.deeds import Deed, Issued, Life
from service.demonstration.furniture import OWN_TEMPLATE, choices, later_choices
from service.demonstration.goals import diary, goal_id_of
from service.demonstration.people import PEOPLE
from service.demonstration.plan import DAYS, Goal, MoveDeadline, Replace
from service.demonstration.sweeps import sweep_goal
from service.template_answers import library_stream
from service.wiring import Cairn
from workers.worksite import Looking

PRACTICE_ID = UUID("0d9a3c7e-5b1f-5e1a-9c64-8a1f1c0a1a5e")
IDS = DerivedIds.known_to_all("demonstration")
NAME = "Quayside Practice (demonstration)"
NAME_WHILE_LOADING = "Quayside Practice (demonstration, still being loaded)"
ZONE, COUNTRY = "Europe/Zurich", "CH"
ACTOR = "cli:demo"
# When the workers look: a little after midnight west of the Atlantic, too.
SWEEP_AT = time(6, tzinfo=UTC)
WEEK = 7
HOLD_CHECKPOINTS = """
SELECT view
FROM views.checkpoint
WHERE practice_id = $1 AND view = ANY ($2)
ORDER BY view
FOR UPDATE
"""

Progress = Callable[[int, int], None]
NameId = Callable[[str], UUID]


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """What a load answers; `events` is how many the practice's log now has."""

    practice_id: UUID
    name: str
    clients: int
    events: int
    was_there: bool


async def is_wanted(cairn: Cairn) -> bool:
    """Whether the log is empty, or holds a demonstration whose load was cut short."""
    practices = await cairn.store.practices()
    if PRACTICE_ID in practices:
        return not await is_complete(cairn)
    return not practices


async def is_complete(cairn: Cairn) -> bool:
    past = await practice_past(cairn)
    complete_id = naming(past)("complete")
    return any(one.command_id == complete_id for one in past)


async def load(cairn: Cairn, *, now: datetime, run_id: UUID, progress: Progress) -> Loaded:
    """Load it, or what is missing of it. `progress` is told how much is done, of how much."""
    was_there = await is_complete(cairn)
    if not was_there:
        past = await open_practice(cairn, now=now, run_id=run_id)
        first_on, name_id = past[0].occurred_at.astimezone(UTC).date(), naming(past)
        await furnish(cairn, first_on, name_id, run_id=run_id)
        async with views_held(cairn):
            await live(cairn, first_on, name_id, run_id=run_id, progress=progress)
            await complete(cairn, first_on, name_id, run_id=run_id)
    await Projector(cairn.pool, cairn.keyring, cairn.connect).catch_up(PRACTICE_ID)
    return Loaded(
        practice_id=PRACTICE_ID,
        name=NAME,
        clients=len(PEOPLE),
        events=await cairn.store.head(PRACTICE_ID),
        was_there=was_there,
    )


async def open_practice(cairn: Cairn, *, now: datetime, run_id: UUID) -> list[Recorded]:
    """Open the practice, and answer its stream: it begins on the demonstration's first day.

    Another run may have opened it on an earlier day: that day counts.
    """
    first_on = now.astimezone(UTC).date() - timedelta(days=DAYS)
    opened = OpenPractice(
        practice_id=PRACTICE_ID, name=NAME_WHILE_LOADING, zone=ZONE, country=COUNTRY
    )
    await begin(
        cairn.store,
        PRACTICE,
        practice_stream(),
        opened,
        cause=cause("open", computed_id, run_id),
        occurred_at=datetime.combine(first_on, time(), UTC),
    )
    return await practice_past(cairn)


async def practice_past(cairn: Cairn) -> list[Recorded]:
    return await cairn.store.read_stream(PRACTICE_ID, PRACTICE.category, PRACTICE_ID)


async def furnish(cairn: Cairn, first_on: date, name_id: NameId, *, run_id: UUID) -> None:
    """What the practice chose before anybody came, and the template it has added."""
    at = datetime.combine(first_on, time(), UTC)
    for name, choice in choices(PRACTICE_ID, at).items():
        await handle(
            cairn.store,
            PRACTICE,
            practice_stream(),
            choice,
            cause=cause(name, name_id, run_id),
            occurred_at=at,
        )
    await handle(
        cairn.store,
        TEMPLATE_LIBRARY,
        await library_stream(cairn.store, PRACTICE_ID),
        AddTemplate(template_id=name_id("template"), template=OWN_TEMPLATE),
        cause=cause("template", name_id, run_id),
        occurred_at=at,
    )


async def complete(cairn: Cairn, first_on: date, name_id: NameId, *, run_id: UUID) -> None:
    await handle(
        cairn.store,
        PRACTICE,
        practice_stream(),
        ChangePracticeSettings(practice_id=PRACTICE_ID, name=NAME),
        cause=cause("complete", name_id, run_id),
        occurred_at=midnight(first_on, DAYS),
    )


async def live(
    cairn: Cairn, first_on: date, name_id: NameId, *, run_id: UUID, progress: Progress
) -> None:
    """Everything that happens, stretch by stretch, each followed by a look of the workers."""
    lives = [Life(PRACTICE_ID, person, first_on=first_on, name_id=name_id) for person in PEOPLE]
    deeds: list[Deed] = [deed for life in lives for deed in diary(life)]
    deeds += practice_deeds(first_on, name_id)
    sweeps = sweep_times(first_on)
    stretches = [
        [deed for deed in deeds if begins <= deed.at < ends]
        for begins, ends in zip([midnight(first_on, -1), *sweeps], sweeps, strict=False)
    ]
    known = await commands_known(cairn)
    reached = max(
        (
            nth
            for nth, stretch in enumerate(stretches)
            if any(d.command_id in known for d in stretch)
        ),
        default=0,
    )
    done = sum(len(stretch) for stretch in stretches[:reached])
    # Each client's log is read once, and not from its beginning with each of the many looks.
    lookings = {life.client_id: Looking(cairn.store, PRACTICE_ID, life.client_id) for life in lives}
    for stretch, sweep_at in list(zip(stretches, sweeps, strict=True))[reached:]:
        await carry_out(cairn, stretch, run_id)
        await sweep(cairn, lives, sweep_at, first_on=first_on, lookings=lookings)
        done += len(stretch)
        progress(done, len(deeds))


def practice_deeds(first_on: date, name_id: NameId) -> list[Deed]:
    """What the practice chose meanwhile, which is done beside what each client does."""
    return [
        Issued(
            at=midnight(first_on, day),
            command_id=name_id(name),
            client_id=PRACTICE_ID,
            actor=ACTOR,
            aggregate=PRACTICE,
            stream=practice_stream(),
            command=choice,
            occurred_at=midnight(first_on, day),
        )
        for day, (name, choice) in later_choices(PRACTICE_ID).items()
    ]


async def carry_out(cairn: Cairn, deeds: Sequence[Deed], run_id: UUID) -> None:
    """Each client's deeds in their order; the clients side by side."""

    async def one_by_one(own: Sequence[Deed]) -> None:
        for deed in own:
            await act(cairn.store, PRACTICE_ID, deed, run_id=run_id)

    by_client = sorted(deeds, key=lambda deed: deed.client_id)  # Stable: the order in time stays.
    own = [list(group) for _, group in groupby(by_client, key=lambda deed: deed.client_id)]
    await asyncio.gather(*(one_by_one(group) for group in own))


async def sweep(
    cairn: Cairn,
    lives: Sequence[Life],
    now: datetime,
    *,
    first_on: date,
    lookings: Mapping[UUID, Looking],
) -> None:
    """The workers look at every goal that has been set by then; at each client's in their order."""
    day = (now.date() - first_on).days

    async def one_by_one(life: Life) -> None:
        looking = lookings[life.client_id]
        for goal in all_goals(life.person.goals):
            if goal.on < day:
                id_ = goal_id_of(life, goal)
                await sweep_goal(cairn, PRACTICE_ID, life.client_id, id_, looking, now=now)

    await asyncio.gather(*(one_by_one(life) for life in lives))


def all_goals(goals: Sequence[Goal]) -> list[Goal]:
    """Goals, and those that take their place."""
    after = [act.by for goal in goals for _, act in goal.acts if isinstance(act, Replace)]
    return [*goals, *(all_goals(after) if after else ())]


def sweep_times(first_on: date) -> list[datetime]:
    """Once a week, on the morning after each deadline, and at the end."""
    dues = {
        due + 1
        for person in PEOPLE
        for goal in all_goals(person.goals)
        for due in (goal.due, *(act.due for _, act in goal.acts if isinstance(act, MoveDeadline)))
        if due + 1 < DAYS
    }
    mornings = sorted(dues | set(range(WEEK, DAYS, WEEK)))
    return [
        *(datetime.combine(first_on + timedelta(days=day), SWEEP_AT) for day in mornings),
        midnight(first_on, DAYS),
    ]


async def commands_known(cairn: Cairn) -> set[UUID]:
    """The ids of all commands that the practice's log bears."""
    known: set[UUID] = set()
    after = 0
    while page := await cairn.store.read_practice(PRACTICE_ID, after=after, limit=PAGE_LIMIT):
        known.update(one.command_id for one in page)
        after = page[-1].position
    return known


@asynccontextmanager
async def views_held(cairn: Cairn) -> AsyncIterator[None]:
    """Meanwhile no projector shows half of it, so that no worker of today's acts on that half."""
    await cairn.pool.execute(ENSURE_CHECKPOINTS, PRACTICE_ID, list(VIEW_NAMES))
    async with cairn.pool.acquire() as connection, connection.transaction():
        await connection.fetch(HOLD_CHECKPOINTS, PRACTICE_ID, list(VIEW_NAMES))
        yield


def midnight(first_on: date, day: int) -> datetime:
    return datetime.combine(first_on + timedelta(days=day), time(), UTC)


def practice_stream() -> Stream:
    return PRACTICE.stream(PRACTICE_ID, PRACTICE_ID)


def computed_id(name: str) -> UUID:
    """The id of a name: the same on every machine, because the demonstration is no secret."""
    return IDS.of("demonstration", name)


def former_id(name: str) -> UUID:
    """The id that a release before UUIDv8 gave to a name."""
    return uuid5(PRACTICE_ID, name)


def naming(past: Sequence[Recorded]) -> NameId:
    """A demonstration that an earlier release began goes on with the ids it began with."""
    begun = bool(past) and past[0].command_id == former_id("open")
    return former_id if begun else computed_id


def cause(name: str, name_id: NameId, run_id: UUID) -> Cause:
    return Cause(
        command_id=name_id(name),
        actor=ACTOR,
        content=digest("demonstration", name),
        correlation=run_id,
    )
