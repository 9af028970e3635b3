"""Phrases of Spanish that sentences are made of: numbers, days, rates, and arithmetic."""

from datetime import date

import msgspec

from events.measure import Frequency, Per, RelativeFrequency, Unit, fed_by_moods
from workers.replan import MorePeriods, MoreTime, NearerRate, NearerScore, Reached
from workers.words.language import (
    CountNumbers,
    PracticeNumbers,
    RateNumbers,
    ScoreNumbers,
    crossing_of,
    fine,
    plain,
)

MONTHS = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio",
    "agosto", "septiembre", "octubre", "noviembre", "diciembre",
)  # fmt: skip

NOUNS = {
    "day": ("día", "días"),
    "week": ("semana", "semanas"),
    "point": ("punto", "puntos"),
    "times": ("vez", "veces"),
    "minutes": ("minuto", "minutos"),
    "mood": ("registro de ánimo", "registros de ánimo"),
}
PER = {"day": "al día", "week": "a la semana"}


class SpanishPhrases(msgspec.Struct, frozen=True):
    """What needs to know the decimal sign of a region, which is `decimal`."""

    decimal: str = ","

    def plain(self, number: float, *, digits: int = 1) -> str:
        return plain(number, decimal=self.decimal, digits=digits)

    def fine(self, number: float) -> str:
        return fine(number, decimal=self.decimal)

    def counted(self, number: float, noun: str, *, digits: int = 1) -> str:
        one, many = NOUNS[noun]
        text = self.plain(number, digits=digits)
        return f"{text} {one}" if text == "1" else f"{text} {many}"

    def went(self, numbers: ScoreNumbers, today: date) -> str:
        return (
            f"Su puntuación en {numbers.instrument} pasó de {self.plain(numbers.baseline)} "
            f"al inicio a {self.plain(numbers.latest)} el {day(numbers.latest_on, today)}"
        )

    def recorded(self, numbers: PracticeNumbers) -> str:
        verb = "consta" if self.plain(numbers.done) == "1" else "constan"
        noun = "mood" if fed_by_moods(numbers.measure) else numbers.measure.unit
        return f"Hasta entonces {verb} {self.counted(numbers.done, noun)}"

    def share(self, numbers: PracticeNumbers) -> str:
        of, some = self.counted(numbers.count, numbers.measure.per), numbers.met + numbers.partly
        if not numbers.met:
            return f"{some} de {of} con una parte de lo previsto"
        detail = f", {numbers.met} con todo" if numbers.partly else ""
        return f"{some} de {of} con todo o parte de lo previsto{detail}"

    def aside(self, numbers: PracticeNumbers) -> str:
        """What was not asked for, and what counts in part, as a sentence of its own."""
        said = ""
        if numbers.resting == 1:
            said += " Se dejó fuera 1 día de descanso."
        elif numbers.resting:
            said += f" Se dejaron fuera {numbers.resting} días de descanso."
        if numbers.measure.minimum is not None and numbers.partly:
            small = self.counted(numbers.measure.minimum, numbers.measure.unit, digits=2)
            said += f" La versión para un día difícil, {small}, cuenta en parte."
        return said

    def before_and_since(self, numbers: RateNumbers) -> str:
        measure = numbers.measure
        fullest = f"la {NOUNS['week'][0]} más llena"
        if measure.per == "day":
            fullest = f"el {NOUNS['day'][0]} más lleno"
        if measure.over_periods > 1:
            article, full = ("los", "llenos") if measure.per == "day" else ("las", "llenas")
            fullest = f"{article} {self.counted(measure.over_periods, measure.per)} más {full}"
        target = (
            "" if numbers.target is None else f"; la meta es {self.of(numbers.target, measure)}"
        )
        verb = "era" if self.plain(numbers.baseline) == "1" else "eran"
        return (
            f"Al inicio {verb} {self.of(numbers.baseline, measure)}, y en {fullest} desde entonces "
            f"{self.of(numbers.best, measure)}{target}"
        )

    def so_far(self, numbers: CountNumbers) -> str:
        measure = numbers.measure
        verb = "consta" if self.plain(numbers.done) == "1" else "constan"
        if numbers.is_more:
            done = self.counted(numbers.done, measure.unit)
            return f"Hasta ahora {verb} {done}, y la meta era {self.plain(measure.amount)}"
        of = self.counted(measure.amount, measure.unit)
        return f"Hasta ahora {verb} {self.plain(numbers.done)} de {of}"

    def of(self, number: float, measure: RelativeFrequency) -> str:
        return self.often(number, measure.unit, measure.per)

    def rate(self, measure: Frequency) -> str:
        return self.often(measure.amount, measure.unit, measure.per)

    def often(self, number: float, unit: Unit, per: Per) -> str:
        return f"{self.counted(number, unit, digits=2)} {PER[per]}"

    def nearer(self, way: NearerScore | NearerRate) -> str:
        if isinstance(way, NearerRate):
            percent = self.plain(way.measure.percent)
            return f"un {percent} % más que al inicio ({self.of(way.new, way.measure)})"
        score = (
            f"una puntuación de {self.plain(way.new)} o {'menos' if way.old < way.start else 'más'}"
        )
        if way.percent is None:
            return score
        change = "menos" if way.percent < 0 else "más"
        percent = self.plain(abs(way.percent))
        return f"un {percent} % {change} que al inicio ({score})"

    def crossed(self, way: MoreTime | MorePeriods | NearerScore | NearerRate, today: date) -> str:
        """A distance over a pace, and over the slower end of its interval, with both days."""
        crossing = crossing_of(way)
        per = "" if crossing.rate_per is None else f" {PER[crossing.rate_per]}"
        dates = crossing.dates
        return (
            f"{self.counted(crossing.distance, crossing.noun, digits=2)}{per} por recorrer ÷ "
            f"{self.fine(crossing.per_week)} por semana = {self.counted(dates.weeks, 'week')}: "
            f"el {day(dates.sooner_on, today)}. Con el extremo más lento del intervalo del 95 %, "
            f"{self.fine(crossing.slower)} por semana, {self.counted(dates.slower_weeks, 'week')}: "
            f"el {day(dates.due_on, today)}. Los días van en semanas enteras."
        )

    def halved(self, way: NearerScore | NearerRate) -> str:
        """What is halfway, and as what it is taken."""
        start, old = self.plain(way.start, digits=2), self.plain(way.old, digits=2)
        exactly, new = self.plain(way.exactly, digits=2), self.plain(way.new, digits=2)
        return f"A medio camino de {start} a {old} = {exactly}, tomado como {new}."

    def reached(self, way: NearerScore | NearerRate, by: Reached) -> str:
        """What a pace comes to by a day, and what the slower end of its interval does."""
        sign = "-" if way.old < way.start else "+"
        return (
            f"{self.plain(way.start, digits=2)} {sign} {self.counted(by.weeks, 'week')} × "
            f"{self.fine(way.pace.per_week)} por semana = {self.plain(by.value, digits=2)}, "
            f"tomado como {self.plain(way.new, digits=2)}; con el extremo más lento del intervalo "
            f"del 95 %, {self.fine(way.pace.slower)} por semana, "
            f"{self.plain(by.slower_value, digits=2)}."
        )

    def own_error(self, way: MoreTime | NearerScore | NearerRate) -> str:
        """How far a target lies from the start, beside the error of the measure."""
        if isinstance(way, NearerRate) or way.yardstick is None:
            return ""
        target = way.target if isinstance(way, MoreTime) else way.new
        points = self.counted(abs(target - way.baseline), "point")
        error = self.counted(way.yardstick.reliable_change, "point")
        return (
            f" {self.plain(target)} está a {points} del inicio; "
            f"el margen de error de la medida es de {error}."
        )


def day(on: date, today: date) -> str:
    year = "" if on.year == today.year else f" de {on.year}"
    return f"{on.day} de {MONTHS[on.month - 1]}{year}"
