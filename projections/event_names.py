"""What an event is called: by its type, wherever it is told; and the names it had before that.

The history of a goal and the timeline had names of their own. They are still told beside the type
(`kind`), and a filter of types still takes them.
"""

from functools import lru_cache
from typing import Final

from events.goal_decisions import GOAL

# A client is told that a date passes: nobody misses it.
FOR_THE_CLIENT: Final = {"goal.deadline_missed.v1": "goal.date_passed.v1"}


def history_kind(type_: str, *, for_the_client: bool = False) -> str:
    """What the history of a goal calls a type of event.

    >>> history_kind("goal.deadline_missed.v1")
    'deadline_missed'
    >>> history_kind("goal.deadline_missed.v1", for_the_client=True)
    'date_passed'
    """
    return worded(type_, for_the_client=for_the_client).split(".")[1]


def timeline_kind(type_: str, *, for_the_client: bool = False) -> str:
    """What the timeline of a client calls a type of event.

    >>> timeline_kind("mood.logged.v1")
    'mood_logged'
    """
    category, what, _ = worded(type_, for_the_client=for_the_client).split(".")
    return f"{category}_{what}"


def worded(type_: str, *, for_the_client: bool) -> str:
    return FOR_THE_CLIENT.get(type_, type_) if for_the_client else type_


@lru_cache(maxsize=512)
def former_names(type_: str) -> frozenset[str]:
    """Every name but its type under which an event of a type was told.

    >>> sorted(former_names("goal.deadline_missed.v1"))
    ['date_passed', 'deadline_missed', 'goal_date_passed', 'goal_deadline_missed']
    >>> sorted(former_names("mood.logged.v1"))
    ['mood_logged']
    """
    names = {timeline_kind(type_, for_the_client=one) for one in (False, True)}
    if type_.startswith(f"{GOAL.category}."):
        names |= {history_kind(type_, for_the_client=one) for one in (False, True)}
    return frozenset(names)
