"""What the practice of the demonstration has chosen: duty, crisis lines, norms, and so on."""

from datetime import datetime
from uuid import UUID

from events.crisis import country_lines
from events.measure import Frequency
from events.practice import (
    PracticeCommand,
    SetCrisisLines,
    SetDuty,
    SetNorms,
    SetRelease,
    SetTracking,
)
from events.practice_choices import CrisisInformation, Duty, DutyPerson, Norms, Tracking
from events.templates import Number, Template, Wording

DUTY = Duty(
    queue="duty desk",
    people=(
        DutyPerson(subject="anna", name="Anna Keller"),
        DutyPerson(subject="dr-elm", name="Dr Elm"),
    ),
    acknowledge_minutes=30,
)
OWN_TEMPLATE = Template(
    category="pleasure",
    wording={
        "en": Wording(
            title="Feed the ducks",
            statement="Go down to the quay and feed the ducks {times:once|# times} a week "
            "for {weeks:one week|# weeks}",
            why="What is it like down there?",
        ),
        "es": Wording(
            title="Dar de comer a los patos",
            statement="Bajar al muelle y dar de comer a los patos {times:una vez|# veces} por "
            "semana durante {weeks:una semana|# semanas}",
            why="¿Cómo es estar allí?",
        ),
    },
    measure=Frequency(amount=2, unit="times", per="week", reserve=1),
    parameters=(
        Number(
            name="times",
            meaning={"en": "How often a week", "es": "Cuántas veces por semana"},
            unit="times",
            minimum=1,
            maximum=7,
            default=2,
            fills="amount",
        ),
        Number(
            name="weeks",
            meaning={"en": "For how many weeks", "es": "Durante cuántas semanas"},
            unit="weeks",
            minimum=2,
            maximum=26,
            default=6,
            fills="weeks",
        ),
    ),
    days=42,
)


# Where its clients live, and the language in which the practice has the crisis lines there.
COUNTRIES = {
    "AT": "en", "CH": "en", "CO": "es", "DE": "en", "ES": "es", "FR": "en", "GB": "en",
}  # fmt: skip


def choices(practice_id: UUID, at: datetime) -> dict[str, PracticeCommand]:
    """The practice's choices, by a name that tells their commands apart."""
    lines = {
        country: CrisisInformation(
            lines=country_lines()[country].lines[language],
            reviewed_on=at.date(),
            reviewed_by="Anna Keller (who does not exist)",
        )
        for country, language in COUNTRIES.items()
    }
    norms = Norms(
        source="Made up for the demonstration: the clients of a practice that does not exist.",
        standard_deviation=5.0,
        reliability=0.85,
    )
    return {
        # Whoever reads them after an answer about death reads lines that somebody has tried: they
        # come before anybody is on duty.
        **{
            f"crisis-lines {country}": SetCrisisLines(
                practice_id=practice_id, country=country, information=one, now=at
            )
            for country, one in lines.items()
        },
        "duty": SetDuty(practice_id=practice_id, duty=DUTY),
        "tracking": SetTracking(
            practice_id=practice_id,
            tracking=Tracking(sessions_without_change=5, weeks_without_change=8),
        ),
        "norms": SetNorms(practice_id=practice_id, instrument="gad7", norms=norms),
    }


def later_choices(practice_id: UUID) -> dict[int, tuple[str, PracticeCommand]]:
    """What the practice chose while it was at work, by the day on which it did, with a name."""
    return {78: ("release", SetRelease(practice_id=practice_id, automatic=True))}
