"""Phrases of Spanish that sentences are made of: numbers, days, rates, and arithmetic."""

from datetime import date

import msgspec

from events.measure import Frequency, Per, RelativeFrequency, Unit, fed_by_moods
from workers.replan import MorePeriods, MoreTime, NearerRate, NearerScore, Reached, SmallerStep
from workers.words.language import (
    CountNumbers,
    PracticeNumbers,
    RateNumbers,
    ScoreNumbers,
    agreeing,
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
RECORDED = {
    "times": ("registrada", "registradas"),
    "minutes": ("registrado", "registrados"),
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
        text = self.plain(number, digits=digits)
        return f"{text} {agreeing(text, *NOUNS[noun])}"

    def weeks(self, number: float) -> str:
        return f"{self.fine(number)} {agreeing(self.fine(number), *NOUNS['week'])}"

    def went(self, numbers: ScoreNumbers, today: date) -> str:
        return (
            f"{score_on(numbers.instrument)} pasó de {self.plain(numbers.baseline)} "
            f"al inicio a {self.plain(numbers.latest)} el {day(numbers.latest_on, today)}"
        )

    def recorded(self, numbers: PracticeNumbers) -> str:
        if fed_by_moods(numbers.measure):
            return f"Hasta esa fecha hay {self.counted(numbers.done, 'mood')}"
        unit = numbers.measure.unit
        participle = agreeing(self.plain(numbers.done), *RECORDED[unit])
        return f"Hasta esa fecha hay {self.counted(numbers.done, unit)} {participle}"

    def share(self, numbers: PracticeNumbers) -> str:
        of, some = self.counted(numbers.count, numbers.measure.per), numbers.met + numbers.partly
        if not numbers.met:
            return f"{some} de {of} con una parte de lo previsto"
        detail = f", {numbers.met} con todo" if numbers.partly else ""
        return f"{some} de {of} con todo o parte de lo previsto{detail}"

    def aside(self, numbers: PracticeNumbers) -> str:
        """What was not asked for, and what counts in part, as a sentence of its own."""
        said = rested(numbers.resting)
        if numbers.tells_of_minimum:
            small = self.counted(numbers.measure.minimum or 0, numbers.measure.unit, digits=2)
            whole = "por completo" if numbers.measure.minimum_credit >= 1 else "en parte"
            said += f" La versión para un día difícil, {small}, cuenta {whole}."
        return said

    def before_and_since(self, numbers: RateNumbers) -> str:
        measure = numbers.measure
        day, week = NOUNS["day"][0], NOUNS["week"][0]
        last = f"el último {day}" if measure.per == "day" else f"la última {week}"
        if measure.over_periods > 1:
            article = "los últimos" if measure.per == "day" else "las últimas"
            last = f"{article} {self.counted(measure.over_periods, measure.per)}"
        target = (
            "" if numbers.target is None else f"; el objetivo es {self.of(numbers.target, measure)}"
        )
        verb = agreeing(self.plain(numbers.baseline, digits=2), "era", "eran")
        return (
            f"Al inicio {verb} {self.of(numbers.baseline, measure)}, y en {last} hasta esa fecha "
            f"{self.of(numbers.latest, measure)}{target}"
        )

    def so_far(self, numbers: CountNumbers) -> str:
        measure = numbers.measure
        verb = agreeing(self.plain(numbers.done), "va", "van")
        if numbers.is_more:
            done = self.counted(numbers.done, measure.unit)
            return f"Hasta ahora {verb} {done}, y el objetivo era {self.plain(measure.amount)}"
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
        """A distance over a pace, and over the slower end of its interval, with all days."""
        crossing = crossing_of(way)
        per = "" if crossing.rate_per is None else f" {PER[crossing.rate_per]}"
        dates = crossing.dates
        after = day(dates.after_on, today)
        whole = f"final de una semana contada desde el {after}"
        if not isinstance(way, MorePeriods):
            whole = f"en semanas enteras después del {after}"
        taken = f", que pasa al {day(dates.due_on, today)}"
        if dates.due_on == dates.slower_on:
            taken = ""
        elif dates.is_put_off and not isinstance(way, MorePeriods):
            whole += ", con una semana o más por delante"
        end = "" if crossing.end is None else f" hasta {self.plain(crossing.end, digits=2)}"
        return (
            f"{self.counted_from(dates.from_on, crossing.start, today)}"
            f"{self.counted(crossing.distance, crossing.noun, digits=2)}{per} por recorrer{end} ÷ "
            f"{self.fine(crossing.per_week)} por semana = {self.weeks(dates.weeks)}: "
            f"el {day(dates.sooner_on, today)}. Con el extremo más lento del intervalo del 95 %, "
            f"{self.fine(crossing.slower)} por semana, {self.weeks(dates.slower_weeks)}: "
            f"el {day(dates.slower_on, today)}{taken}, {whole}."
        )

    def counted_from(self, on: date, start: float | None, today: date) -> str:
        at = "" if start is None else f", con {self.plain(start, digits=2)}"
        return f"Contado desde el {day(on, today)}{at}: "

    def halved(self, way: NearerScore | NearerRate) -> str:
        """What is halfway, and as what it is taken."""
        start, old = self.plain(way.start, digits=2), self.plain(way.old, digits=2)
        exactly, new = self.plain(way.exactly, digits=2), self.plain(way.new, digits=2)
        return f"A medio camino de {start} a {old} = {exactly}, que se toma como {new}."

    def reached(self, way: NearerScore | NearerRate, by: Reached, today: date) -> str:
        """What the slower end of a pace's interval comes to by a day, and what the pace does."""
        sign, start = "-" if way.old < way.start else "+", self.plain(way.start, digits=2)
        itself = f"a {self.plain(by.value, digits=2)}"
        if (way.old - by.value) * (way.old - way.start) <= 0:
            itself = "al objetivo"
        return (
            f"{self.counted_from(by.from_on, None, today)}{start} {sign} {self.weeks(by.weeks)} × "
            f"{self.fine(way.pace.slower)} por semana, el extremo más lento del intervalo del "
            f"95 %, = {self.plain(by.slower_value, digits=2)}, que se toma como "
            f"{self.plain(way.new, digits=2)}. Con el ritmo mismo, {self.fine(way.pace.per_week)} "
            f"por semana, se llega {itself} en ese plazo."
        )

    def free_of(self, way: MorePeriods | SmallerStep, today: date) -> str:
        """How many of the days or weeks to come may stay empty, as an aside true on any day."""
        ahead = way.ahead
        if not ahead.free:
            return ""
        of, free = self.counted(ahead.periods, way.measure.per), is_free(ahead.free)
        return f" (a partir del {day(ahead.from_on, today)}, {ahead.free} de {of} {free})"

    def asked_and_free(self, way: MorePeriods | SmallerStep, today: date) -> str:
        """What is asked for of the days or weeks to come, as arithmetic."""
        ahead, asked = way.ahead, self.plain(way.ahead.asked, digits=2)
        periods = self.counted(ahead.periods, way.measure.per)
        parts = [f"A partir del {day(ahead.from_on, today)} hay {periods}"]
        if isinstance(way, SmallerStep):
            exactly = self.plain(ahead.periods * way.kept_in / way.count, digits=2)
            ask = agreeing(asked, "se pide", "se piden")
            taken = "" if asked == exactly else f", y {ask} {asked}"
            parts.append(
                f"{ahead.periods} × {way.kept_in} ÷ {way.count} = {exactly} por hacer{taken}"
            )
        if ahead.free:
            left = self.plain(ahead.periods - ahead.asked, digits=2)
            free = f"{ahead.free} {is_free(ahead.free)}"
            parts.append(f"{ahead.periods} - {asked} = {left}, así que {free}")
        return f" {': '.join((parts[0], '; '.join(parts[1:])))}." if parts[1:] else ""

    def left_over(self, way: SmallerStep) -> str:
        if not way.left_over:
            return ""
        last = "a la última semana entera" if way.measure.per == "week" else "al último día"
        verb = agreeing(str(way.left_over), "Queda", "Quedan")
        after = agreeing(str(way.left_over), "posterior", "posteriores")
        return f" {verb} fuera {self.counted(way.left_over, 'day')} {after} {last}."

    def own_error(self, way: MoreTime | NearerScore | NearerRate) -> str:
        """How far a target lies from the start, beside the error of the measure."""
        if isinstance(way, NearerRate) or way.yardstick is None:
            return ""
        target = way.target if isinstance(way, MoreTime) else way.new
        points = self.counted(abs(target - way.baseline), "point", digits=2)
        error = self.counted(way.yardstick.reliable_change, "point", digits=2)
        return (
            f" {self.plain(target, digits=2)} está a {points} del inicio; "
            f"el margen de error de la medida es de {error}."
        )


def day(on: date, today: date) -> str:
    year = "" if on.year == today.year else f" de {on.year}"
    return f"{on.day} de {MONTHS[on.month - 1]}{year}"


def is_free(periods: int) -> str:
    return agreeing(str(periods), "queda libre", "quedan libres")


def score_on(instrument: str) -> str:
    """A score on an instrument, whose own name may say that it is one."""
    if instrument.endswith(" T-score"):
        return f"Su puntuación T en {instrument.removesuffix(' T-score')}"
    return f"Su puntuación en {instrument}"


def rested(days: int) -> str:
    """The days that were not asked for, as a sentence of its own."""
    if not days:
        return ""
    left, rest = agreeing(str(days), "Quedó", "Quedaron"), agreeing(str(days), *NOUNS["day"])
    return f" {left} fuera {days} {rest} de descanso."
