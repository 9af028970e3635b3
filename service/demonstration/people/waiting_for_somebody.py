"""People of the demonstration in whom something waits for a person: nobody has looked yet.

Nobody here is real.
"""

from events.measure import Score, TargetBand
from service.demonstration.plan import (
    AskTheNext,
    CheckIns,
    Dismiss,
    FlagStep,
    Forms,
    Goal,
    Moods,
    Person,
    Scores,
    Sessions,
    every,
    half,
    on_weekdays,
    times_a_week,
)

NORA = Person(
    key="nora",
    name="Nora S.",
    zone="Europe/Zurich",
    hour=21,
    moods=Moods(
        first=4.6,
        last=3.0,
        gaps=((58, 61), (68, 72)),
        notes={
            26: "The best week since last winter.",
            47: "The move is harder than I thought.",
            65: "I do not know anybody here yet.",
        },
        tags={26: ("sleep",), 47: ("moving",), 65: ("people",)},
    ),
    # Better by more than the error of the BDI-II, and then worse by more than it; since day 56
    # nothing was filled in, though the goal is looked at every week.
    scores=(Scores(instrument="bdi2", totals={0: 26, 14: 19, 28: 15, 42: 24, 56: 37}),),
    sessions=Sessions(
        days=every(7, 91, days=14),
        cancelled={63: (62, "Nora is still moving house.")},
    ),
    goals=(
        Goal(
            key="nora-minimal",
            on=0,
            due=112,
            statement="Bring my BDI-II from 26 into the lowest band",
            why="I want to enjoy the new flat, and not only live in it.",
            measure=Score(instrument="bdi2", baseline=26, target=TargetBand(band="minimal")),
            achievability=5,
            review_every_days=7,
        ),
    ),
)

PIA = Person(
    key="pia",
    name="Pia G.",
    zone="Europe/Zurich",
    enrolled=55,
    hour=18,
    moods=Moods(
        first=4.4,
        last=3.8,
        begins=55,
        notes={56: "Eight weeks to the exams.", 81: "Could not open the books."},
        tags={56: ("exams",), 81: ("exams",)},
    ),
    forms=(
        Forms(
            instrument="phq9",
            answers={
                55: (2, 1, 2, 2, 1, 2, 2, 0, 0),
                69: (2, 2, 2, 2, 1, 2, 2, 0, 0),
                83: (2, 2, 2, 2, 1, 2, 2, 1, 2),
            },
        ),
    ),
    # Nobody has seen it yet: both on duty were asked.
    flag_steps=(FlagStep(form_day=83, hours=0.6, by="anna", act=AskTheNext()),),
    goals=(
        Goal(
            key="pia-half",
            on=55,
            due=111,
            statement="Bring my PHQ-9 from 12 to 6 by the exams",
            why="I have learned for three years for this.",
            measure=half("phq9", 12),
            achievability=6,
        ),
    ),
)

SAMI = Person(
    key="sami",
    name="Sami N.",
    zone="Europe/Zurich",
    enrolled=38,
    hour=20,
    moods=Moods(
        first=4.0,
        last=5.4,
        begins=38,
        notes={45: "Lentils. Burnt, and eaten all the same.", 66: "Cooked for two."},
        tags={45: ("cooking",), 66: ("cooking", "people")},
    ),
    goals=(
        Goal(
            key="sami-cooks",
            on=38,
            due=80,
            statement="Cook on three evenings a week",
            why="My mother cooked every evening, and we talked.",
            measure=times_a_week(3),
            achievability=7,
            check_ins=(CheckIns(days=on_weekdays(38, 79, 1, 4), notes={45: "Lentils."}),),
            # The reframing went to him by itself, as the practice has chosen.
            acts=((82, Dismiss(kind="replan", reason="Sami would like to choose a day himself.")),),
        ),
    ),
)

PEOPLE = (NORA, PIA, SAMI)
