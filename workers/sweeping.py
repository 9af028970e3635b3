"""How a sweep goes through what is owed: in bounded pages, each goal on its own, none in the way.

Whatever happens to one goal, the others get their turn: a goal that can not be handled is counted
and left for the next sweep, and a sweep that was cut short goes on from where it stopped.
"""

import asyncio
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, Literal, Protocol, TypeVar
from uuid import UUID

import structlog

from events.database_faults import is_outage
from events.ending import ended
from events.refusals import Rejected
from events.store import RecordBroken, StoreUnavailable, VersionConflict

PAGE_SIZE = 200
PAGES_PER_SWEEP = 50
GOALS_AT_ONCE = 8
SECONDS_PER_GOAL = 10.0
# A goal that takes longer waits for a lock, most likely: then the others do not wait for its turn.
TURN_SECONDS = 1.0
# Of one practice fewer than that are waited for at once, and after the first that was given up the
# practice is left for so long.
GOALS_OF_PRACTICE = 6
PRACTICE_LEFT_SECONDS = 10.0
# A goal whose record does not open is tried again, but not at every sweep. Nor is one whose client
# was discharged, which does not change.
ASIDE_SECONDS = 300.0
MOST_ASIDE = 10_000
HOPELESS = frozenset({"unreadable", "refused", "failed", "discharged"})

# All that can come of one of them. Each is a name that the log lets through (a test).
SweepOutcome = Literal[
    "missed", "reached", "target_met", "at_risk", "followed", "offered", "withdrawn", "held",
    "escalated", "nobody_on_duty", "already_so", "waiting", "skipped", "unreadable", "refused",
    "unavailable", "failed", "discharged",
]  # fmt: skip
Counts = dict[str, int]
"""What came of a sweep, by outcome: how many goals, never which."""

log = structlog.get_logger()


class Waiting(Protocol):
    """Something for which a worker may have something to do: a goal, or a safety flag."""

    @property
    def practice_id(self) -> UUID: ...

    @property
    def subject_id(self) -> UUID: ...


Owed = TypeVar("Owed", bound=Waiting)


class Nominate(Protocol[Owed]):
    """A page of those for which something may be owed, in a fixed order, after one of them."""

    def __call__(self, limit: int, *, after: Owed | None) -> Awaitable[Sequence[Owed]]: ...


def total(*counted: Counts) -> Counts:
    """Several sweeps' counts in one."""
    return dict(sum(map(Counter, counted), Counter[str]()))


class Bookmarks:
    """Where each sweep was cut short by its own limit, and which goals are not worth a try yet.

    They live in the process: losing them only means to begin again. What is set aside is set aside
    for one sweep and in its practice: something else may have the same id.
    """

    def __init__(self) -> None:
        self._places: dict[str, Any] = {}
        self._aside_until: OrderedDict[tuple[str, UUID, UUID], float] = OrderedDict()
        self._left_until: dict[tuple[str, UUID], float] = {}

    def place(self, sweep: str) -> Any:
        return self._places.get(sweep)

    def put(self, sweep: str, place: Waiting | None) -> None:
        self._places[sweep] = place

    def is_aside(self, sweep: str, owed: Waiting) -> bool:
        until = max(
            self._aside_until.get((sweep, owed.practice_id, owed.subject_id), 0.0),
            self._left_until.get((sweep, owed.practice_id), 0.0),
        )
        return until > asyncio.get_running_loop().time()

    def leave_practice(self, sweep: str, practice_id: UUID) -> None:
        """Come back to this practice's goals in a while: nothing of it is to be had now."""
        now = asyncio.get_running_loop().time()
        self._left_until = {one: until for one, until in self._left_until.items() if until > now}
        self._left_until[sweep, practice_id] = now + PRACTICE_LEFT_SECONDS

    def set_aside(self, sweep: str, owed: Waiting) -> None:
        subject = sweep, owed.practice_id, owed.subject_id
        self._aside_until[subject] = asyncio.get_running_loop().time() + ASIDE_SECONDS
        self._aside_until.move_to_end(subject)
        while len(self._aside_until) > MOST_ASIDE:
            self._aside_until.popitem(last=False)


async def sweep(
    name: str,
    nominate: Nominate[Owed],
    settle: Callable[[Owed], Awaitable[SweepOutcome]],
    *,
    bookmarks: Bookmarks,
    page_size: int = PAGE_SIZE,
    pages: int = PAGES_PER_SWEEP,
) -> Counts:
    """Settle all that is owed, at most `pages` pages of it, and count what came of it.

    `settle` names the outcome. Raises what `nominate` raises: without the views there is no sweep.
    """
    counts: Counter[str] = Counter()
    turns = Turns()
    after = bookmarks.place(name)
    for _ in range(pages):
        nominated = await nominate(page_size, after=after)
        counts.update(
            await asyncio.gather(
                *(in_turn(turns, name, settle, owed, bookmarks) for owed in nominated)
            )
        )
        after = nominated[-1] if len(nominated) == page_size else None
        if after is None:
            break
    bookmarks.put(name, after)
    return dict(counts)


class Turns:
    """Whose turn it is: so many goals at once, and fewer of one practice.

    A practice that is stuck keeps its own goals waiting and no other's.
    """

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(GOALS_AT_ONCE)
        self._of_practice = defaultdict[UUID, asyncio.Semaphore](
            lambda: asyncio.Semaphore(GOALS_OF_PRACTICE)
        )

    async def take(
        self, practice_id: UUID, doing: Callable[[], Coroutine[Any, Any, SweepOutcome]]
    ) -> tuple[SweepOutcome, bool]:
        """Do it when its turn comes: its outcome, and whether it took longer than a turn."""
        async with self._of_practice[practice_id]:
            async with self._turns:
                task = asyncio.create_task(doing())
                try:
                    done, _ = await asyncio.wait({task}, timeout=TURN_SECONDS)
                except asyncio.CancelledError:
                    await ended(task)
                    raise
            try:
                return await task, not done
            finally:
                await ended(task)


async def in_turn(
    turns: Turns,
    name: str,
    settle: Callable[[Owed], Awaitable[SweepOutcome]],
    owed: Owed,
    bookmarks: Bookmarks,
) -> SweepOutcome:
    async def doing() -> SweepOutcome:
        if bookmarks.is_aside(name, owed):
            return "skipped"
        return await attempt(name, settle, owed)

    outcome, was_slow = await turns.take(owed.practice_id, doing)
    if outcome in HOPELESS:
        bookmarks.set_aside(name, owed)
    elif outcome == "unavailable" and was_slow:
        bookmarks.leave_practice(name, owed.practice_id)
    return outcome


async def attempt(
    name: str, settle: Callable[[Owed], Awaitable[SweepOutcome]], owed: Owed
) -> SweepOutcome:
    try:
        async with asyncio.timeout(SECONDS_PER_GOAL):
            return await settle(owed)
    except VersionConflict:
        return "waiting"  # Someone is changing this goal: the next sweep looks again.
    except RecordBroken:
        # An event of it does not open: whoever runs Cairn has to look.
        log.exception("worker_stumbled", worker=name, subject_id=owed.subject_id)
        return "failed"
    except Rejected as refused:
        log.warning("worker_refused", worker=name, refusal=refused.slug())
        return "refused"
    except Exception as error:
        if is_away(error):
            return "unavailable"
        # One broken record must not stop the other goals.
        log.exception("worker_stumbled", worker=name, subject_id=owed.subject_id)
        return "failed"


def is_away(error: Exception) -> bool:
    """Whether the log or the views can not be reached: nobody's fault, and worth another try."""
    return isinstance(error, StoreUnavailable) or is_outage(error)
