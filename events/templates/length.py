"""How long a goal of a template runs, and what follows from that: its words, and its reserve."""

from collections.abc import Mapping
from datetime import date
from math import ceil
from typing import Any, Final

import msgspec

from events.measure import Frequency, Measure, RelativeFrequency, period_days
from events.refusals import ValueRefused
from events.templates.definition import Number, Template
from events.wording import placeholders

DAYS_A_WEEK: Final = 7


class DeadlineNotAsTold(ValueRefused):
    """The statement would tell another length than this deadline: send one of the two, or words of your own."""  # noqa: E501 - one sentence, read by people

    field = "due_on"
    detail = (
        "The statement would say another length than this deadline, which is {days} days away: "
        "leave out the parameter {name} or the deadline, or send a statement of your own."
    )


class DeadlineOutsideTheTemplate(ValueRefused):
    """This deadline is nearer or further away than the template's goals run: choose another, or send a statement of your own."""  # noqa: E501 - one sentence, read by people

    field = "due_on"
    detail = (
        "This template's statement says for how many {unit} its goals run, {minimum} to {maximum}, "
        "and this deadline is {days} days away: choose another, or send a statement of your own."
    )


class LengthIsTold(ValueRefused):
    """The template's statement says how long the goal runs, and a session may move: send a due_on, or a statement of your own."""  # noqa: E501 - one sentence, read by people

    field = "by_next_session"


class Until(msgspec.Struct, frozen=True, kw_only=True):
    """What is sent beside a template of the goal's time and its words.

    `own_words` says that a statement is sent, which tells no length of the template's.
    """

    starts_on: date | None = None
    due_on: date | None = None
    by_next_session: bool = False
    own_words: bool = False


NOTHING_SENT: Final = Until()


def is_practised(measure: Measure) -> bool:
    """Whether every day or week of the goal's time counts for itself."""
    return isinstance(measure, Frequency | RelativeFrequency)


def length_of(template: Template) -> Number | None:
    """The parameter that is the goal's length in weeks or days."""
    for one in template.parameters:
        if isinstance(one, Number) and one.fills in ("weeks", "days"):
            return one
    return None


def days_of(template: Template, values: Mapping[str, Any]) -> int:
    """How many days the goal runs by its parameters."""
    length = length_of(template)
    if length is None or values[length.name] is None:
        return template.days
    return int(values[length.name]) * (DAYS_A_WEEK if length.fills == "weeks" else 1)


def days_until(template: Template, starts_on: date, due_on: date) -> int:
    """How many days it runs until a deadline, as its length is counted."""
    return (due_on - starts_on).days + is_practised(template.measure)


def length_until(
    template: Template, given: Mapping[str, Any], days: int, *, told: bool
) -> dict[str, float]:
    """The length parameter as a deadline so many days away has it.

    "Within three weeks" is true of twenty days; what is practised "for three weeks" is so on all
    of their days. With `told` the statement says the length. Raises DeadlineNotAsTold and
    DeadlineOutsideTheTemplate where what it would say is not so.
    """
    length = length_of(template)
    if length is None or days < 1:
        return {}
    unit = DAYS_A_WEEK if length.fills == "weeks" else 1
    amount = ceil(days / unit)
    if told and length.name in given and given[length.name] != amount:
        raise DeadlineNotAsTold(days=days, name=length.name)
    whole = days % unit == 0 or not isinstance(template.measure, Frequency)
    if told and not (whole and length.minimum <= amount <= length.maximum):
        raise DeadlineOutsideTheTemplate(
            minimum=length.minimum, maximum=length.maximum, unit=length.unit, days=days
        )
    return {length.name: float(amount)}


def tells_length(template: Template, statement: str) -> bool:
    """Whether a statement has the template's length among its open places."""
    length = length_of(template)
    return length is not None and length.name in placeholders(statement)


def reserve_in_proportion(template: Template, days: int, reserve: float) -> float:
    """The reserve of a goal that runs for less time than its template: the same share of it.

    Four days of twenty-eight are one of seven. One day or week at the least is asked for.
    """
    measure = template.measure
    if days >= template.days or not isinstance(measure, Frequency):
        return reserve
    most = max(1, days // period_days(measure)) - 1
    return float(min(round(reserve * days / template.days), most))
