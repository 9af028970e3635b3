"""Suggestions in Spanish, in the polite form, which is at home on both sides of the Atlantic."""

from collections.abc import Sequence
from datetime import date
from typing import assert_never

from events.measure import Measure, Milestone, fed_by_moods
from workers.replan import (
    MorePeriods,
    MoreTime,
    NearerCount,
    NearerRate,
    NearerScore,
    Reached,
    SmallerStep,
    Way,
)
from workers.words.language import (
    CountNumbers,
    MilestoneNumbers,
    Numbers,
    PracticeNumbers,
    RateNumbers,
    ScoreNumbers,
    sentence,
)
from workers.words.spanish_phrases import SpanishPhrases, day


class Spanish(SpanishPhrases, frozen=True):
    """Words for people who read Spanish; `decimal` is their region's decimal sign."""

    language: str = "es"

    def date_passed(self, due_on: date, *, today: date) -> str:
        return f"La fecha acordada, el {day(due_on, today)}, ya pasó."

    def moved(self, numbers: Numbers, *, today: date) -> str:
        match numbers:
            case ScoreNumbers():
                points = self.counted(abs(numbers.latest - numbers.baseline), "point")
                way = "" if numbers.percent is None else f", el {numbers.percent} % del camino"
                return f"{self.went(numbers, today)}: {points}{way}."
            case PracticeNumbers():
                return (
                    f"{self.recorded(numbers)}: {self.share(numbers)}, "
                    f"el {numbers.percent} % del camino.{self.aside(numbers)}"
                )
            case RateNumbers():
                return f"{self.before_and_since(numbers)}: el {numbers.percent} % del camino."
            case CountNumbers():
                return f"{self.so_far(numbers)}: el {numbers.percent} % del camino."
            case MilestoneNumbers():
                return self.arrived(numbers, today=today)
            case _:
                assert_never(numbers)

    def stood(self, numbers: Numbers, *, today: date) -> str:
        match numbers:
            case ScoreNumbers():
                baseline, latest = self.plain(numbers.baseline), self.plain(numbers.latest)
                return (
                    f"Su puntuación en {numbers.instrument} era {baseline} al inicio "
                    f"y {latest} el {day(numbers.latest_on, today)}."
                )
            case PracticeNumbers():
                return (
                    f"{self.recorded(numbers)}, a lo largo de "
                    f"{self.counted(numbers.count, numbers.measure.per)}.{self.aside(numbers)}"
                )
            case RateNumbers():
                return f"{self.before_and_since(numbers)}."
            case CountNumbers():
                return f"{self.so_far(numbers)}."
            case MilestoneNumbers():
                return self.arrived(numbers, today=today)
            case _:
                assert_never(numbers)

    def arrived(self, numbers: Numbers, *, today: date) -> str:
        match numbers:
            case ScoreNumbers():
                return f"{self.went(numbers, today)}; la meta era {self.plain(numbers.target)}."
            case PracticeNumbers():
                return (
                    f"{self.recorded(numbers)}: {self.share(numbers)}, que es lo acordado."
                    f"{self.aside(numbers)}"
                )
            case RateNumbers():
                return f"{self.before_and_since(numbers)}, que es lo acordado."
            case CountNumbers():
                asked = "" if numbers.is_more else ", que es lo acordado"
                return f"{self.so_far(numbers)}{asked}."
            case MilestoneNumbers():
                return f"Consta para el {day(numbers.done_on, today)}."
            case _:
                assert_never(numbers)

    def unrecorded(
        self, measure: Measure, instrument: str | None, since: date, *, today: date
    ) -> str:
        if isinstance(measure, Milestone):
            return "Por el momento no consta en los registros."
        what = "registro de ánimo" if fed_by_moods(measure) else "práctica registrada"
        if instrument is not None:
            what = f"puntuación en {instrument}"
        return f"Por el momento no hay {what} desde el {day(since, today)}."

    def continuum(self) -> str:
        return "Es un punto en una línea, no un veredicto."

    def hard_stretch(self) -> str:
        return "Puede haber sido una etapa difícil, y un número no la muestra entera."

    def record_is_silent(self) -> str:
        return "Lo registrado no muestra cómo ha sido este tiempo para usted."

    def choose_between(self, ways: Sequence[Way], *, today: date) -> str:
        choices = [self.clause(way, today) for way in ways]
        joined = "; o ".join(choices)
        return f"Con su profesional de salud puede {joined}; o elegir otro camino."

    def choose_what_follows(self) -> str:
        return "Con su profesional de salud puede elegir qué sigue."

    def look_together(self) -> str:
        return (
            "Con su profesional de salud puede mirar cómo fue este tiempo y qué se interpuso, "
            "y elegir desde ahí el próximo paso."
        )

    def next_step(self) -> str:
        return "El próximo paso puede partir de lo registrado, y queda abierto a cambios."

    def talk_first(self, *, few_entries: bool) -> str:
        if few_entries:
            return (
                "Por ahora hay pocos registros con los que planear: "
                "ayudaría conversar primero sobre qué conviene en este momento."
            )
        return (
            "Los registros hasta ahora no apuntan a una fecha nueva: "
            "ayudaría conversar primero sobre qué conviene en este momento."
        )

    def way(self, way: Way, *, today: date) -> str:
        return sentence(self.clause(way, today))

    def clause(self, way: Way, today: date) -> str:
        on = day(way.due_on, today)
        match way:
            case MoreTime():
                return f"mantener la meta y darle tiempo hasta el {on}"
            case NearerScore() | NearerRate():
                return f"apuntar primero a {self.nearer(way)}, para el {on}"
            case NearerCount():
                amount = self.counted(way.measure.amount, way.measure.unit)
                return f"apuntar primero a {amount} en total, para el {on}"
            case MorePeriods():
                return f"seguir con {self.rate(way.measure)} y darle tiempo hasta el {on}"
            case SmallerStep():
                return f"dar un paso más pequeño, {self.rate(way.measure)}, hasta el {on}"
            case _:
                assert_never(way)

    def arithmetic(self, way: Way, *, today: date) -> str:
        match way:
            case MoreTime():
                return self.crossed(way, today) + self.own_error(way)
            case NearerScore() | NearerRate():
                if isinstance(way.by, Reached):
                    return self.reached(way, way.by) + self.own_error(way)
                return f"{self.halved(way)} {self.crossed(way, today)}{self.own_error(way)}"
            case NearerCount():
                per_day = way.in_time / way.elapsed_days
                return (
                    f"{self.plain(way.done)} hasta ahora + {self.fine(per_day)} al día × "
                    f"{self.counted(way.days_ahead, 'day')} = "
                    f"{self.plain(way.done + per_day * way.days_ahead)}, "
                    f"tomado como {self.plain(way.measure.amount)}."
                )
            case MorePeriods():
                return (
                    f"Lo acordado, {self.counted(way.asked, way.measure.per)}, - "
                    f"{self.plain(way.counted)} hasta ahora = {self.plain(way.dates.distance)}. "
                    f"{self.crossed(way, today)}"
                )
            case SmallerStep():
                of = self.counted(way.count, way.measure.per)
                return (
                    f"{self.plain(way.measure.amount)} o más en {way.kept_in} de {of}, contando "
                    "los periodos sin registros y sin los días de descanso."
                )
            case _:
                assert_never(way)
