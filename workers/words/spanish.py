"""Suggestions in Spanish, in the polite form, which is at home on both sides of the Atlantic."""

from collections.abc import Sequence
from datetime import date
from typing import assert_never

from events.measure import Measure, Milestone, fed_by_moods
from workers.replan import (
    Lacking,
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
from workers.words.spanish_phrases import SpanishPhrases, day, rested, score_on


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
                way = f"el {numbers.percent} % del camino"
                return f"{self.before_and_since(numbers)}: {way}.{rested(numbers.resting)}"
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
                    f"{score_on(numbers.instrument)} era {baseline} al inicio "
                    f"y {latest} el {day(numbers.latest_on, today)}."
                )
            case PracticeNumbers():
                return (
                    f"{self.recorded(numbers)}, a lo largo de "
                    f"{self.counted(numbers.count, numbers.measure.per)}.{self.aside(numbers)}"
                )
            case RateNumbers():
                return f"{self.before_and_since(numbers)}.{rested(numbers.resting)}"
            case CountNumbers():
                return f"{self.so_far(numbers)}."
            case MilestoneNumbers():
                return self.arrived(numbers, today=today)
            case _:
                assert_never(numbers)

    def arrived(self, numbers: Numbers, *, today: date) -> str:
        match numbers:
            case ScoreNumbers():
                target = self.plain(numbers.target)
                return f"{self.went(numbers, today)}; el objetivo era {target}."
            case PracticeNumbers():
                return (
                    f"{self.recorded(numbers)}: {self.share(numbers)}, y ese era el objetivo."
                    f"{self.aside(numbers)}"
                )
            case RateNumbers():
                return f"{self.before_and_since(numbers)}.{rested(numbers.resting)}"
            case CountNumbers():
                aim = "" if numbers.is_more else ", y ese era el objetivo"
                return f"{self.so_far(numbers)}{aim}."
            case MilestoneNumbers():
                return f"Consta como hecho el {day(numbers.done_on, today)}."
            case _:
                assert_never(numbers)

    def unrecorded(
        self, measure: Measure, instrument: str | None, since: date, *, today: date
    ) -> str:
        if isinstance(measure, Milestone):
            return "Por el momento no consta como hecho."
        what = "registros de ánimo" if fed_by_moods(measure) else "registros"
        if instrument is not None:
            what = f"ninguna {score_on(instrument).removeprefix('Su ')}"
        return f"Por el momento no hay {what} desde el {day(since, today)}."

    def one_score(self, numbers: ScoreNumbers, *, today: date) -> str:
        return (
            f"{score_on(numbers.instrument)} era {self.plain(numbers.latest)} al inicio, "
            f"el {day(numbers.latest_on, today)}; desde entonces no consta otra."
        )

    def continuum(self) -> str:
        return "Es un punto en una línea, no un veredicto."

    def hard_stretch(self) -> str:
        return "Puede que haya sido una etapa difícil, y un número no lo muestra todo."

    def record_is_silent(self) -> str:
        return "Lo que hay registrado no muestra cómo ha sido este tiempo para usted."

    def choose_between(self, ways: Sequence[Way], *, today: date) -> str:
        choices = [self.clause(way, today) for way in ways]
        joined = "; o ".join(choices)
        return f"Junto con su profesional de salud puede {joined}; o elegir otro camino."

    def choose_what_follows(self) -> str:
        return "Junto con su profesional de salud puede decidir qué viene ahora."

    def look_together(self, *, moved: bool) -> str:
        hard = "" if moved else " y qué lo hizo difícil"
        return (
            f"Junto con su profesional de salud puede repasar cómo ha sido este tiempo{hard}, "
            "y decidir a partir de ahí el próximo paso."
        )

    def next_step(self) -> str:
        return "El próximo paso puede partir de lo que hay registrado, y queda abierto a cambios."

    def talk_first(self, lacking: Lacking | None, *, latest_on: date, today: date) -> str:
        talk = "vendría bien hablar primero de lo que encaja en este momento."
        match lacking:
            case "entries":
                return f"Por ahora hay pocos registros para hacer planes: {talk}"
            case "pace":
                return f"Los registros hasta ahora no apuntan a una fecha nueva: {talk}"
            case "date":
                return (
                    "Los registros hasta ahora apuntan hacia el objetivo, aunque a ninguna fecha "
                    f"dentro de los próximos seis meses: {talk}"
                )
            case "news":
                return (
                    f"El último registro es del {day(latest_on, today)}, "
                    f"y uno nuevo mostraría cómo están las cosas: {talk}"
                )
            case "near":
                return f"Lo que queda es una parte pequeña del camino: {talk}"
            case "there":
                return f"Contando hasta hoy, los registros llegan a lo previsto: {talk}"
            case "once" | None:
                return sentence(talk.removesuffix("."))
            case _:
                assert_never(lacking)

    def way(self, way: Way, *, today: date) -> str:
        return sentence(self.clause(way, today))

    def clause(self, way: Way, today: date) -> str:
        on = day(way.due_on, today)
        match way:
            case MoreTime():
                return f"mantener el objetivo y darse tiempo hasta el {on}"
            case NearerScore() | NearerRate():
                return f"proponerse primero {self.nearer(way)}, para el {on}"
            case NearerCount():
                amount = self.counted(way.measure.amount, way.measure.unit)
                return f"proponerse primero {amount} en total, para el {on}"
            case MorePeriods():
                free = self.free_of(way, today)
                return f"seguir con {self.rate(way.measure)} y darse tiempo hasta el {on}{free}"
            case SmallerStep():
                free = self.free_of(way, today)
                return f"dar un paso más pequeño, {self.rate(way.measure)}, hasta el {on}{free}"
            case _:
                assert_never(way)

    def arithmetic(self, way: Way, *, today: date) -> str:
        match way:
            case MoreTime():
                return self.crossed(way, today) + self.own_error(way)
            case NearerScore() | NearerRate():
                if isinstance(way.by, Reached):
                    return self.reached(way, way.by, today) + self.own_error(way)
                return f"{self.halved(way)} {self.crossed(way, today)}{self.own_error(way)}"
            case NearerCount():
                again = way.done + way.per_week * way.weeks_ahead
                return (
                    f"{self.counted_from(way.from_on, None, today)}"
                    f"{self.plain(way.done, digits=2)} hasta ahora + {self.fine(way.per_week)} "
                    f"por semana × {self.weeks(way.weeks_ahead)} = "
                    f"{self.plain(again, digits=2)}, "
                    f"que se toma como {self.plain(way.measure.amount)}."
                )
            case MorePeriods():
                return (
                    f"Lo acordado, {self.counted(way.asked, way.measure.per, digits=2)}, - "
                    f"{self.plain(way.counted, digits=2)} hasta ahora = "
                    f"{self.plain(way.dates.distance, digits=2)}. "
                    f"{self.crossed(way, today)}{self.asked_and_free(way, today)}"
                )
            case SmallerStep():
                of = self.counted(way.count, way.measure.per)
                return (
                    f"{self.plain(way.measure.amount)} o más en {way.kept_in} de {of}, contando "
                    f"los periodos sin registros y sin los días de descanso.{self.left_over(way)}"
                    f"{self.asked_and_free(way, today)}"
                )
            case _:
                assert_never(way)
