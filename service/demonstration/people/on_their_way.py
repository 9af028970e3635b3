"""People of the demonstration whose goals are under way, and who write of their days.

Nobody here is real.
"""

from events.measure import Score, TargetValue
from service.demonstration.plan import (
    ChangeTarget,
    CheckIns,
    Goal,
    LetRead,
    Moods,
    MoveDeadline,
    Pause,
    Person,
    Reach,
    Reshape,
    Scores,
    Take,
    half,
    on_weekdays,
    times_a_week,
)

ANNA = Person(
    key="anna",
    name="Anna K.",
    zone="Europe/Zurich",
    moods=Moods(
        first=3.6,
        last=6.4,
        gaps=((31, 33),),
        notes={
            2: "Slept badly, but I got up when the alarm rang.",
            24: "Lunch outside with a colleague. The first time since spring.",
            47: "A heavy day. I went for the short walk anyway.",
            76: "Laughed at something on the radio and noticed that I did.",
        },
        tags={2: ("sleep",), 24: ("people",), 47: ("walk",)},
    ),
    scores=(Scores(instrument="phq9", totals={0: 18, 14: 17, 28: 15, 42: 13, 56: 12, 70: 11}),),
    goals=(
        Goal(
            key="anna-half",
            on=0,
            due=98,
            statement="Bring my PHQ-9 from 18 to 9 by working through the activity plan",
            why="I want to be able to look forward to a weekend again.",
            measure=half("phq9", 18),
            achievability=6,
        ),
    ),
)

BEN = Person(
    key="ben",
    name="Ben T.",
    zone="Europe/London",
    country="GB",
    hour=21,
    moods=Moods(
        first=4.6,
        last=4.3,
        swing=1.8,
        gaps=((12, 15), (61, 66)),
        notes={
            30: "Walked to the canal. It was fine once I was out of the door.",
            58: "Rain all week. I keep telling myself tomorrow.",
            72: "Walked with my brother. Easier with two.",
        },
        tags={58: ("weather",), 72: ("walk", "family")},
    ),
    scores=(Scores(instrument="phq9", totals={0: 13, 28: 12, 56: 13}),),
    goals=(
        Goal(
            key="ben-walk",
            on=28,
            due=97,
            statement="Walk for at least twenty minutes, four times a week",
            why="When I walk my head gets quieter.",
            measure=times_a_week(4, baseline=1, reserve=1),
            achievability=7,
            check_ins=(
                CheckIns(
                    days=on_weekdays(28, 48, 0, 2, 4),
                    notes={30: "To the canal and back, 25 minutes."},
                    corrected={32: 2.0},
                ),
                CheckIns(
                    days=on_weekdays(49, 83, 2, but=(58, 65)),
                    notes={72: "With my brother."},
                ),
            ),
        ),
    ),
)

CARLA = Person(
    key="carla",
    name="Carla M.",
    zone="Europe/Zurich",
    hour=7,
    moods=Moods(
        first=4.2,
        last=6.0,
        swing=1.2,
        gaps=((36, 41),),
        notes={35: "Fever. Staying in bed with tea and the cat.", 62: "Spoke up in the meeting."},
        tags={35: ("ill",), 62: ("work",)},
    ),
    scores=(Scores(instrument="gad7", totals={0: 16, 14: 15, 28: 14, 43: 12, 56: 11, 70: 10}),),
    goals=(
        Goal(
            key="carla-worry",
            on=0,
            due=42,
            statement="Bring my GAD-7 from 16 to 8 with the worry diary",
            why="Worry takes my evenings, and I would like them back.",
            measure=half("gad7", 16),
            achievability=6,
            acts=(
                (
                    35,
                    MoveDeadline(
                        due=63,
                        reason="Two weeks of flu: the diary gets the three weeks it still needs.",
                    ),
                ),
                (
                    49,
                    ChangeTarget(
                        measure=Score(instrument="gad7", baseline=16, target=TargetValue(value=9)),
                        reason="After the review: 9 is a step that fits the pace so far. "
                        "To be talked over with Carla on Thursday.",
                        client_agreed=False,
                    ),
                ),
                (
                    60,
                    MoveDeadline(
                        due=91,
                        reason="Carla asked for time until after the move to the new office.",
                    ),
                ),
            ),
        ),
    ),
)

FARID = Person(
    key="farid",
    name="Farid A.",
    zone="Europe/Berlin",
    country="DE",
    hour=8,
    moods=Moods(
        first=4.4,
        last=7.0,
        evenings=True,
        notes={
            9: "Up at half past seven. Coffee on the balcony.",
            40: "Slept in, and that was all right.",
            63: "Eight weeks. I did not think I would keep it up.",
        },
        tags={9: ("sleep",), 63: ("proud",)},
    ),
    scores=(Scores(instrument="phq9", totals={0: 14, 28: 11, 56: 8}),),
    goals=(
        Goal(
            key="farid-up",
            on=7,
            due=62,
            statement="Be up and dressed by eight, five days a week, for eight weeks",
            why="A morning that begins early is a day that belongs to me.",
            measure=times_a_week(5, baseline=2, reserve=1),
            achievability=8,
            check_ins=(CheckIns(days=on_weekdays(7, 62, 0, 1, 2, 3, 4, but=(37, 38, 39, 40, 41))),),
        ),
        Goal(
            key="farid-cook",
            on=64,
            due=112,
            statement="Cook something warm three times a week",
            why="My grandmother's recipes are lying in a drawer.",
            measure=times_a_week(3),
            achievability=9,
            check_ins=(CheckIns(days=on_weekdays(64, 83, 1, 3, 6), notes={69: "Lentil soup."}),),
        ),
    ),
)

GRACE = Person(
    key="grace",
    name="Grace O.",
    zone="Europe/London",
    country="GB",
    moods=Moods(
        first=4.5,
        last=4.0,
        ends=79,
        gaps=((51, 58), (66, 70)),
        notes={49: "Mum is in hospital. Everything else has to wait."},
        tags={49: ("family",)},
    ),
    scores=(Scores(instrument="phq9", totals={0: 15, 21: 13, 42: 12}),),
    goals=(
        Goal(
            key="grace-seven",
            on=0,
            due=91,
            statement="Bring my PHQ-9 from 15 to 7",
            why="I want to enjoy being with the children again.",
            measure=Score(instrument="phq9", baseline=15, target=TargetValue(value=7)),
            achievability=7,
            acts=((50, Pause("Her mother is in hospital; we look again when there is air.")),),
        ),
    ),
)

LEA = Person(
    key="lea",
    name="Lea S.",
    zone="Europe/Vienna",
    country="AT",
    hour=22,
    moods=Moods(
        first=3.0,
        last=6.8,
        gaps=((19, 24), (37, 39)),
        late={10: 3, 11: 2, 44: 4, 45: 3},
        corrected={13: 2, 52: 7},
        withdrawn={27: "Entered twice by mistake.", 60: "This was my daughter playing."},
        notes={
            10: "No network in the mountains, so I write this afterwards.",
            57: "The date has passed. I am further than I thought, though.",
            81: "Sang along in the car.",
        },
        tags={10: ("mountains",), 81: ("music",)},
    ),
    scores=(
        Scores(
            instrument="phq9",
            totals={0: 19, 14: 17, 28: 15, 42: 14, 54: 13, 55: 3, 68: 10, 80: 9},
            corrected={28: 16},
            withdrawn={55: "Entered for the wrong person."},
        ),
    ),
    goals=(
        Goal(
            key="lea-half",
            on=0,
            due=56,
            statement="Half my PHQ-9 score, from 19, in eight weeks",
            why="I would like to sing in the choir again without thinking of leaving early.",
            measure=half("phq9", 19),
            achievability=6,
            acts=(
                (
                    58,
                    Reshape(
                        kind="reframing",
                        sentences=(
                            "The date we set has passed.",
                            "Your score went from 19 to 13 by then. That is six points.",
                            "This is one point on a line, not a verdict.",
                            "When we meet we can look at more time, or at a nearer step.",
                        ),
                    ),
                ),
                (58, LetRead(kind="reframing")),
                (
                    59,
                    Take(
                        kind="replan",
                        option=0,
                        reason="Lea would like to keep the target and take the time it needs.",
                    ),
                ),
                (82, Reach("Lea and I looked at the last two scores together: reached.")),
            ),
        ),
    ),
)

PEOPLE = (ANNA, BEN, CARLA, FARID, GRACE, LEA)
