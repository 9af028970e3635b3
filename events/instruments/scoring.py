"""From answers to a total, by the instrument's own rule; and what they say about safety."""

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from events.instruments.catalogue import named
from events.instruments.definition import Instrument, SafetyItem, Scoring
from events.refusals import Refusals, ValueRefused, refuse

NOT_RECORDED: Literal["not_recorded"] = "not_recorded"
# How the item about suicide was answered where a total alone is kept; at most 4 on any form here.
SuicideItem = Annotated[int, Meta(ge=0, le=4)] | Literal["not_recorded"]

# How difficult the problems have made daily life: PHQ-9, question 10. It is asked, and not scored.
Difficulty = Annotated[int, Meta(ge=0, le=3)]


class ScoreOutsideTheInstrument(ValueRefused):
    """The total lies outside this instrument's range, or between two of its steps: check it."""

    field = "total"
    detail = (
        "This instrument's totals go from {minimum} to {maximum} in steps of {step}, and this is "
        "none of them: check the number."
    )


class ScoreMissing(ValueRefused):
    """There is nothing to keep: give the answers, one at the least, or the total."""

    field = "answers"


class AnswersDoNotFit(ValueRefused):
    """There are not as many answers as the instrument has items: send null for one left out."""

    field = "answers"
    detail = (
        "This instrument has {items} items, and {answers} answers were sent: send one for each in "
        "their order, null where one was left out."
    )


class AnswerOutsideTheItem(ValueRefused):
    """An answer lies outside its item's range: check it, or send null if it was left out."""

    field = "answers"
    detail = (
        "Item {item} is answered from 0 to {highest}: check its answer, or send null if it was "
        "left out."
    )


class TotalNotOfTheAnswers(ValueRefused):
    """The total is another than the answers come to: leave it out, it is computed from them."""

    field = "total"


class AnswersNotKept(ValueRefused):
    """Its licence does not let answers to this instrument be kept here: send the total alone."""

    field = "answers"


class IncompleteFormHasNoTotal(ValueRefused):
    """Some answers are left out, and an incomplete form has no total: leave the total out."""

    field = "total"


class SuicideItemRequired(ValueRefused):
    """A total hides the item about suicide: say in `suicide_item` how it was answered, from 0 up, or "not_recorded"."""  # noqa: E501 - one sentence, read by people

    field = "suicide_item"
    detail = (
        "A total hides the item about suicide: say in `suicide_item` how it was answered, "
        '0 to {highest}, or "not_recorded".'
    )


class SuicideItemNotAsked(ValueRefused):
    """Leave `suicide_item` out: this instrument asks nothing about suicide, or the answers say it."""  # noqa: E501 - one sentence, read by people

    field = "suicide_item"


class SuicideItemOutOfRange(ValueRefused):
    """The answer to the item about suicide lies outside that item's range: check it."""

    field = "suicide_item"


class TotalBelowTheSuicideItem(ValueRefused):
    """The item about suicide, as it is said, counts for more than the whole total: check both."""

    field = "total"


class DifficultyNotAsked(ValueRefused):
    """Leave `difficulty` out: this instrument does not ask how difficult the problems have made daily life."""  # noqa: E501 - one sentence, read by people

    field = "difficulty"


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """What a form comes to: a total if every item was answered, else none.

    `prorated` belongs to an incomplete form with few enough answers missing: the mean of those
    given, times the number of items. It is an estimate, shown as one, and counts for nothing.
    """

    total: float | None
    prorated: float | None = None


class Endorsed(msgspec.Struct, frozen=True, kw_only=True):
    """An item about death or self-harm that was answered with more than 0."""

    item: int
    answer: int


def tally(
    instrument_id: str,
    *,
    total: float | None,
    answers: Sequence[int | None] | None,
    suicide_item: int | Literal["not_recorded"] | None = None,
    missing_allowed: int | None = None,
) -> Tally:
    """What a form comes to, by the instrument's own rule. Raises a ValueRefused.

    The total may be left out where every item is answered; said, it must be the one computed.
    With at most `missing_allowed` answers missing a prorated value is told; None: by the rule.
    """
    instrument = named(instrument_id)
    # Minus nought is nought.
    total = None if total is None else total + 0.0
    refusals, reached = Refusals(), Tally(total=total)
    with refusals:
        require_on_the_scale(instrument, total)
    # A total that is none of the instrument's is held against nothing else.
    sound_total = None if refusals else total
    with refusals:
        if answers is not None:
            reached = tally_of_answers(
                instrument, total=sound_total, answers=answers, missing_allowed=missing_allowed
            )
        elif total is None:
            raise ScoreMissing
    with refusals:
        require_suicide_item(instrument, total=total, answers=answers, suicide_item=suicide_item)
        if sound_total is not None and isinstance(suicide_item, int):
            require_item_within(instrument, total=sound_total, suicide_item=suicide_item)
    refusals.refuse()
    return reached


def require_on_the_scale(instrument: Instrument, total: float | None) -> None:
    """Raises ScoreOutsideTheInstrument."""
    if total is not None and not instrument.admits(total):
        raise ScoreOutsideTheInstrument(
            minimum=instrument.minimum, maximum=instrument.maximum, step=instrument.step
        )


def tally_of_answers(
    instrument: Instrument,
    *,
    total: float | None,
    answers: Sequence[int | None],
    missing_allowed: int | None,
) -> Tally:
    scoring = instrument.scoring
    if scoring is None:
        raise AnswersNotKept
    if missing_allowed is not None:
        scoring = msgspec.structs.replace(scoring, missing_allowed=missing_allowed)
    given = require_answers(scoring, answers)
    if len(given) < scoring.count:
        if total is not None:
            raise IncompleteFormHasNoTotal
        return Tally(total=None, prorated=prorated(scoring, answers))
    computed = scoring.total(given)
    if total is not None and total != computed:
        raise TotalNotOfTheAnswers
    return Tally(total=computed)


def require_answers(scoring: Scoring, answers: Sequence[int | None]) -> tuple[int, ...]:
    """Those that were given. Raises AnswersDoNotFit, AnswerOutsideTheItem, ScoreMissing."""
    if len(answers) != scoring.count:
        raise AnswersDoNotFit(items=scoring.count, answers=len(answers))
    refuse(
        [
            AnswerOutsideTheItem(field=f"answers/{place}", item=place + 1, highest=highest)
            for place, (answer, highest) in enumerate(zip(answers, scoring.highest, strict=True))
            if answer is not None and not 0 <= answer <= highest
        ]
    )
    given = tuple(answer for answer in answers if answer is not None)
    if not given:
        raise ScoreMissing
    return given


def prorated(scoring: Scoring, answers: Sequence[int | None]) -> float | None:
    """The mean of the answers given, times the number of items; None if too many are missing.

    Common practice for sums, with one or two answers missing from nine. No rule is known for a
    sum of maxima, which has none here.
    """
    given = [answer for answer in answers if answer is not None]
    missing = scoring.count - len(given)
    if scoring.groups or missing > scoring.missing_allowed:
        return None
    return round(scoring.total(tuple(given)) * scoring.count / len(given), 6)


def require_suicide_item(
    instrument: Instrument,
    *,
    total: float | None,
    answers: Sequence[int | None] | None,
    suicide_item: int | Literal["not_recorded"] | None,
) -> None:
    """Raises unless it is said with a total, which hides it, and there alone.

    Answers that are not kept have to make way for a total, and nothing is held against them.
    """
    asks = instrument.safety_item
    if asks is None or (answers is not None and instrument.scoring is not None):
        if suicide_item is not None:
            raise SuicideItemNotAsked
    elif suicide_item is None:
        if total is not None and answers is None:
            raise SuicideItemRequired(highest=asks.highest)
    elif isinstance(suicide_item, int) and not 0 <= suicide_item <= asks.highest:
        raise SuicideItemOutOfRange


def require_item_within(instrument: Instrument, *, total: float, suicide_item: int) -> None:
    """Raises TotalBelowTheSuicideItem where the item alone, as it counts, comes to more."""
    if total < least_with(instrument, suicide_item):
        raise TotalBelowTheSuicideItem


def least_with(instrument: Instrument, suicide_item: int) -> float:
    """The lowest total of a form on which an item about suicide is answered so."""
    asks, scoring = instrument.safety_item, instrument.scoring
    if asks is None or scoring is None:
        return instrument.minimum + suicide_item
    return scoring.total(
        tuple(
            suicide_item if number == asks.numbers[0] else 0
            for number in range(1, scoring.count + 1)
        )
    )


def require_difficulty(instrument_id: str, difficulty: int | None) -> None:
    """Raises DifficultyNotAsked where it is said of an instrument that has no such question."""
    if difficulty is not None and named(instrument_id).difficulty is None:
        raise DifficultyNotAsked


def endorsed(
    instrument_id: str,
    answers: Sequence[int | None] | None,
    suicide_item: int | Literal["not_recorded"] | None = None,
    *,
    total: float | None = None,
) -> Endorsed | None:
    """The item about death or self-harm that was answered with more than 0, if any was.

    Of several the one with the highest answer.
    """
    said = all_endorsed(instrument_id, answers, suicide_item, total=total)
    return max(said, key=lambda one: one.answer, default=None)


def all_endorsed(
    instrument_id: str,
    answers: Sequence[int | None] | None,
    suicide_item: int | Literal["not_recorded"] | None = None,
    *,
    total: float | None = None,
) -> tuple[Endorsed, ...]:
    """The items about death or self-harm that were answered with more than 0.

    Whatever the total, and on incomplete forms too: of 1,382 people of NHANES 2005-2018 who
    endorsed item 9 of the PHQ-9, 472 had a total under 10. A total alone endorses it where all
    other items together can not come to it: a PHQ-9 of 25 does, whatever is said beside it.
    """
    instrument = named(instrument_id)
    asks = instrument.safety_item
    if asks is None:
        return ()
    if answers is not None:
        said = [(number, answers[number - 1]) for number in asks.numbers if number <= len(answers)]
        return tuple(
            Endorsed(item=number, answer=answer)
            for number, answer in said
            if answer is not None and answer > 0
        )
    answer = suicide_item if isinstance(suicide_item, int) else 0
    if total is not None and total > most_without(instrument, asks):
        answer = max(answer, 1)  # At the least.
    return (Endorsed(item=asks.numbers[0], answer=answer),) if answer > 0 else ()


def most_without(instrument: Instrument, asks: SafetyItem) -> float:
    """The highest total of a form on which every item about death or self-harm is answered 0."""
    if instrument.scoring is None:
        return instrument.maximum - asks.highest * len(asks.numbers)
    highest = enumerate(instrument.scoring.highest, start=1)
    return instrument.scoring.total(
        tuple(0 if number in asks.numbers else most for number, most in highest)
    )
