"""People of the demonstration who answer item by item, one of them with a safety flag.

Nobody here is real.
"""

from service.demonstration.plan import (
    Acknowledge,
    ActOn,
    AskTheNext,
    CheckIns,
    CloseFlag,
    FlagStep,
    Forms,
    Goal,
    Moods,
    Person,
    Rate,
    Rest,
    Sessions,
    SetLevels,
    every,
    half,
)

MAYA = Person(
    key="maya",
    name="Maya T.",
    zone="Europe/Zurich",
    hour=20,
    moods=Moods(
        first=3.0,
        last=5.8,
        gaps=((30, 31),),
        notes={
            33: "We wrote the plan on a card. It is in my wallet.",
            77: "Two triggers before breakfast: the phone, and the quiet.",
        },
        tags={33: ("therapy",), 77: ("triggers",)},
    ),
    forms=(
        Forms(
            instrument="phq9",
            answers={
                0: (2, 2, 3, 2, 2, 2, 2, 1, 0),
                14: (2, 2, 2, 2, 2, 2, 2, 1, 0),
                28: (2, 2, 2, 2, 1, 2, 1, 1, 1),
                42: (2, 1, 2, 2, 1, 2, 1, 1, 0),
                56: (1, 1, 2, 2, 1, 1, 1, None, 0),
                70: (1, 1, 2, 1, 1, 1, 1, 0, 0),
                82: (1, 1, 1, 1, 1, 1, 1, 0, 0),
            },
            corrected={56: (1, 1, 2, 2, 1, 1, 1, 1, 0)},
        ),
    ),
    flag_steps=(
        FlagStep(form_day=28, hours=0.5, by="anna", act=AskTheNext()),
        FlagStep(form_day=28, hours=0.7, by="dr-elm", act=Acknowledge()),
        FlagStep(
            form_day=28,
            hours=1.1,
            by="dr-elm",
            act=ActOn("Called at nine in the evening. Her sister is with her; she comes at ten."),
        ),
        FlagStep(
            form_day=28,
            hours=15.5,
            by="dr-elm",
            act=ActOn("Interview, and a safety plan written together."),
        ),
        FlagStep(
            form_day=28,
            hours=92,
            by="dr-elm",
            act=CloseFlag(
                "Seen three times since; the plan is in place, and her sister knows it.",
                "We meet weekly for the next month, and talk it through each time.",
            ),
        ),
    ),
    sessions=Sessions(
        days=every(6, 90, days=14),
        moved={
            48: (50, 46, "A funeral in the family of the clinician."),
            90: (92, 81, "Maya works on that day."),
        },
    ),
    goals=(
        Goal(
            key="maya-half",
            on=0,
            due=98,
            statement="Bring my PHQ-9 from 16 to 8 with the diary and the evening walk",
            why="I want to read to my niece without drifting off.",
            measure=half("phq9", 16),
            achievability=5,
            acts=(
                (
                    6,
                    SetLevels(
                        levels=(
                            "Stays in bed on most days",
                            "Up, but reads nothing to her niece",
                            "Reads to her niece once a week",
                            "Reads to her niece on three evenings a week",
                            "Reads on most evenings, and finishes a book together",
                        ),
                        weight=2,
                    ),
                ),
                (34, Rate(level=-1, note="As at the start. The last weeks took all she had.")),
                (62, Rate(level=0, note="Rated together: every Sunday now.")),
                (76, Rate(level=1, note="Rated together.")),
            ),
        ),
        Goal(
            key="maya-mood",
            on=7,
            due=62,
            template="mood_rating_daily",
            parameters={"days": 56, "reserve": 6},
            why="To see that the bad days are not all days.",
            achievability=8,
        ),
        Goal(
            key="maya-triggers",
            on=77,
            due=90,
            template="triggers_by_next_session",
            by_session=90,
            why="So that the evening does not take me by surprise.",
            achievability=7,
            check_ins=(
                CheckIns(days=(77,), amount=2.0, notes={77: "The phone, and the quiet."}),
                CheckIns(days=(80,), notes={80: "Sunday, four in the afternoon."}),
            ),
        ),
    ),
)

OMAR = Person(
    key="omar",
    name="Omar H.",
    zone="Europe/London",
    country="GB",
    hour=19,
    moods=Moods(
        first=4.2,
        last=4.0,
        swing=1.6,
        gaps=((21, 24),),
        notes={52: "I stayed for two hours. My cousin was glad, and so was I."},
        tags={52: ("family", "people")},
    ),
    forms=(
        Forms(
            instrument="phq9",
            answers={
                0: (2, 2, 2, 2, 2, 2, 2, 1, 0),
                21: (2, 2, 2, 2, 2, 1, 2, 1, 0),
                42: (2, 2, 2, 2, 1, 2, 2, 1, 0),
                63: (2, 2, 2, 2, 2, 2, 2, 2, 0),
                82: (2, 2, 2, 2, 2, 2, 1, 1, 1),
            },
        ),
    ),
    flag_steps=(FlagStep(form_day=82, hours=0.2, by="anna", act=Acknowledge()),),
    sessions=Sessions(
        days=every(4, 88, days=14),
        cancelled={46: (45, "Omar has the flu.")},
    ),
    goals=(
        Goal(
            key="omar-party",
            on=20,
            due=55,
            template="attend_one_party",
            parameters={"weeks": 5, "occasion": "my cousin's birthday party"},
            why="I have said no three times in a row.",
            achievability=5,
            check_ins=(CheckIns(days=(52,), notes={52: "There, and back on the last bus."}),),
        ),
        Goal(
            key="omar-people",
            on=35,
            due=90,
            template="social_activities_up",
            parameters={"percent": 25, "weeks": 6},
            why="After an evening with people I sleep through.",
            achievability=6,
            check_ins=(CheckIns(days=(36, 40, 44, 47, 52, 57, 64, 71, 78)),),
        ),
        Goal(
            key="omar-affirmations",
            on=60,
            due=94,
            template="affirmations_daily",
            parameters={"affirmations": 3, "minimum": 1, "days": 35, "reserve": 5},
            why="My grandfather began his days like that.",
            achievability=7,
            check_ins=(
                CheckIns(days=every(60, 83, days=1, but=(63, 66, 67, 70, 74, 81)), amount=3.0),
                CheckIns(days=(63, 70, 81), notes={70: "One, on the bus."}),
            ),
            acts=(
                (66, Rest("The long journey to his mother.")),
                (67, Rest("The long journey to his mother.")),
            ),
        ),
    ),
)

PEOPLE = (MAYA, OMAR)
