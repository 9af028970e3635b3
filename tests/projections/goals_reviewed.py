"""A goal with every part, and what a review asks about it with one part changed."""

from datetime import date, timedelta

import msgspec
from hypothesis import strategies as st

from events import instruments
from events.measure import (
    Frequency,
    RelativeFrequency,
    TargetPercent,
)
from projections.smart_review import (
    Facts,
    Kept,
    OpenScore,
    Parts,
    Similar,
    review,
)
from projections.smart_review.parts import Alike

change = msgspec.structs.replace
START = date(2026, 3, 2)
BDI = instruments.named("bdi2")
PHQ = instruments.named("phq9")
GOOD = Parts(
    statement="Walk around the lake three times a week",
    measure=Frequency(amount=3, unit="times", per="week", baseline=1),
    achievability=7,
    why="I sleep well after it.",
    starts_on=START,
    due_on=START + timedelta(weeks=8),
)


def half(baseline, instrument="bdi2", percent=-50.0):
    target = TargetPercent(percent=percent)
    return OpenScore(instrument=instrument, baseline=baseline, target=target)


def asked(facts=Facts(), language="en", **changes):  # noqa: B008 - frozen
    return review(change(GOOD, **changes), facts, language=language)


def codes(facts=Facts(), **changes):  # noqa: B008 - frozen
    return [one.code for one in asked(facts, **changes)]


def kept(amount, per="week"):
    return Kept(amount=amount, periods=6, per=per, statement="Walk to work")


def similar_to(measure):
    """What a practice may have that is like a goal with this measure."""
    ways: list[Alike] = ["template"]
    if isinstance(measure, OpenScore):
        ways.append("score")
    if isinstance(measure, Frequency):
        ways += ["rate", "moods"]
    if isinstance(measure, RelativeFrequency):
        ways.append("rise")
    counts = st.integers(0, 20)
    return st.builds(Similar, alike=st.sampled_from(ways), reached=counts, ended=counts)


def only(findings):
    (finding,) = findings
    return finding


def the(code, findings):
    return only([one for one in findings if one.code == code])
