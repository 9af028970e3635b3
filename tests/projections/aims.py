"""What the goals of drawn lives measure, and how far they are said to be, by a number."""

from events.measure import (
    Count,
    Frequency,
    Measure,
    Milestone,
    Progress,
    RelativeFrequency,
    Score,
    TargetPercent,
    TargetValue,
)

# Beside scores and amounts, now and then one of the other kinds.
SELDOM: dict[int, Measure] = {
    4: Frequency(amount=1, unit="times", per="day", source="mood_entries"),
    8: Count(amount=20, unit="times"),
    11: Milestone(),
    14: Frequency(amount=2, unit="times", per="week", source="mood_entries"),
    17: RelativeFrequency(percent=25, unit="times", per="day", baseline=1.5),
    20: Frequency(amount=30, unit="minutes", per="day", minimum=10, reserve=1),
}


def measure(number: int) -> Measure:
    if number in SELDOM:
        return SELDOM[number]
    if number % 3 == 0:
        return Score(instrument="phq9", baseline=18, target=TargetPercent(percent=-50))
    if number % 3 == 1:
        return Score(instrument="bdi2", baseline=24 + number, target=TargetValue(value=12))
    return Frequency(amount=20 + number, unit="minutes", per="week" if number % 2 else "day")


def progress(number: int) -> Progress:
    return Progress(fraction=min(1.0, number / 20), unclamped=number / 20, entries=1)
