"""People of the demonstration with a date that passed, a target met, or a goal yet to be agreed.

Nobody here is real.
"""

from events.measure import Frequency, Score, TargetValue
from service.demonstration.plan import (
    CLINICIAN,
    CheckIns,
    Close,
    Goal,
    LetRead,
    Moods,
    Person,
    Replace,
    Reshape,
    Scores,
    every,
    half,
    on_weekdays,
    times_a_week,
)

DANIEL = Person(
    key="daniel",
    name="Daniel W.",
    zone="Europe/Zurich",
    hour=18,
    moods=Moods(
        first=3.2,
        last=5.2,
        gaps=((25, 27),),
        notes={
            16: "Did the thought record in the train. It took ten minutes.",
            50: "My sister came by. We cooked.",
            78: "The date has come and gone. A bit flat about it.",
        },
        tags={16: ("therapy",), 50: ("family",)},
    ),
    scores=(Scores(instrument="phq9", totals={0: 20, 14: 19, 28: 17, 42: 16, 56: 15, 70: 14}),),
    goals=(
        Goal(
            key="daniel-half",
            on=0,
            due=77,
            statement="Bring my PHQ-9 from 20 to 10 with the thought records",
            why="I want to think about other things than myself.",
            measure=half("phq9", 20),
            achievability=5,
        ),
    ),
)

ELENA = Person(
    key="elena",
    name="Elena R.",
    zone="Europe/Madrid",
    language="es",
    country="ES",
    hour=21,
    moods=Moods(
        first=4.4,
        last=3.8,
        swing=1.2,
        gaps=((8, 9), (33, 38), (72, 75)),
        notes={
            5: "Hoy he salido a comprar el pan.",
            44: "Días largos en casa. Echo de menos el mar.",
            66: "Ha llamado mi prima y hemos hablado un rato.",
        },
        tags={44: ("casa",), 66: ("familia",)},
    ),
    scores=(Scores(instrument="who5", totals={0: 28, 21: 24, 42: 28, 63: 24}),),
    goals=(
        Goal(
            key="elena-bienestar",
            on=0,
            due=70,
            statement="Subir mi WHO-5 de 28 a 52",
            why="Quiero volver a tener ganas de ver a mis amigas.",
            measure=Score(instrument="who5", baseline=28, target=TargetValue(value=52)),
            achievability=5,
            acts=((73, LetRead(kind="reframing")),),
        ),
    ),
)

HUGO = Person(
    key="hugo",
    name="Hugo L.",
    zone="Europe/Paris",
    country="FR",
    hour=20,
    moods=Moods(
        first=3.8,
        last=5.8,
        gaps=((18, 21),),
        notes={29: "Five kilometres is a lot right now.", 45: "The baker knows my name."},
        tags={45: ("people",)},
    ),
    scores=(Scores(instrument="phq9", totals={0: 16, 28: 15, 56: 12, 77: 11}),),
    goals=(
        Goal(
            key="hugo-run",
            on=3,
            due=66,
            statement="Run five kilometres, three times a week",
            why="I used to run with my sister and miss it.",
            measure=times_a_week(3),
            achievability=5,
            check_ins=(CheckIns(days=(5, 11, 17)),),
            acts=(
                (
                    30,
                    Replace(
                        by=Goal(
                            key="hugo-bakery",
                            on=30,
                            due=99,
                            statement="Walk to the bakery and back, most mornings",
                            why="A small walk that ends with something good.",
                            measure=Frequency(amount=1, unit="times", per="day", reserve=20),
                            achievability=9,
                            check_ins=(CheckIns(days=every(30, 83, days=1, but=(37, 50, 51))),),
                        ),
                        reason="Running asks much at the moment. Hugo would rather begin with a "
                        "walk that he likes.",
                    ),
                ),
            ),
        ),
    ),
)

INES = Person(
    key="ines",
    name="Inés V.",
    zone="America/Bogota",
    language="es",
    country="CO",
    hour=8,
    moods=Moods(
        first=3.4,
        last=7.2,
        swing=1.2,
        notes={
            18: "Caminé por el parque con el perro.",
            61: "Dormí toda la noche, por primera vez en semanas.",
            79: "Me reí mucho con mi hija.",
        },
        tags={18: ("caminar",), 61: ("sueño",), 79: ("familia",)},
    ),
    scores=(Scores(instrument="phq9", totals={0: 17, 20: 13, 40: 10, 60: 8, 78: 7}),),
    goals=(
        Goal(
            key="ines-mitad",
            on=0,
            due=80,
            statement="Bajar mi PHQ-9 a la mitad",
            why="Quiero tener energía para jugar con mi hija.",
            measure=half("phq9", 17),
            achievability=7,
        ),
    ),
)

JONAS = Person(
    key="jonas",
    name="Jonas B.",
    zone="Europe/Zurich",
    hour=23,
    moods=Moods(
        first=4.8,
        last=5.6,
        swing=1.6,
        gaps=((55, 57),),
        notes={
            34: "New job from Monday. No more nights!",
            52: "Played until my fingers hurt. A good hurt.",
            70: "Too tired for the guitar this week.",
        },
        tags={34: ("work",), 52: ("music",), 70: ("work",)},
    ),
    scores=(Scores(instrument="phq9", totals={0: 11, 35: 10, 70: 9}),),
    goals=(
        Goal(
            key="jonas-shifts",
            on=2,
            due=60,
            statement="Sleep before noon after each night shift, four times a week",
            why="The nights eat my days.",
            measure=times_a_week(4, baseline=1),
            achievability=6,
            check_ins=(CheckIns(days=on_weekdays(2, 32, 1, 3, 5)),),
            acts=(
                (
                    33,
                    Close(
                        reason="circumstances_changed",
                        note="Jonas has new work; the night shifts this was about are gone.",
                    ),
                ),
            ),
        ),
        Goal(
            key="jonas-guitar",
            on=35,
            due=76,
            statement="Play the guitar for an hour a week",
            why="Music is what I did before I got tired.",
            measure=Frequency(amount=60, unit="minutes", per="week", baseline=10),
            achievability=8,
            check_ins=(
                CheckIns(days=on_weekdays(35, 62, 2, 5), amount=25, notes={52: "Two old songs."}),
                CheckIns(days=(68,), amount=15),
            ),
            acts=(
                (
                    79,
                    Reshape(
                        kind="reframing",
                        sentences=(
                            "The date we set has passed.",
                            "You played for most of the minutes you had in mind, more than before.",
                            "The new work began in the middle of it.",
                            "Shall we look together at what would suit the weeks to come?",
                        ),
                    ),
                ),
            ),
        ),
    ),
)

KOFI = Person(
    key="kofi",
    name="Kofi D.",
    zone="Europe/London",
    country="GB",
    enrolled=68,
    moods=Moods(
        first=4.0,
        last=4.6,
        begins=68,
        notes={69: "First week. Filling this in feels odd, but fine."},
    ),
    scores=(Scores(instrument="phq9", totals={68: 14, 81: 13}),),
    goals=(
        Goal(
            key="kofi-seven",
            on=80,
            due=136,
            statement="Bring my PHQ-9 from 14 to 7 in eight weeks",
            why="I would like to finish my training.",
            measure=half("phq9", 14),
            achievability=6,
            agreed_by=CLINICIAN,
        ),
    ),
)

PEOPLE = (DANIEL, ELENA, HUGO, INES, JONAS, KOFI)
