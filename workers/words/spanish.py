"""Suggestions in Spanish, in the polite form, which is at home on both sides of the Atlantic."""

from collections.abc import Sequence
from datetime import date
from typing import assert_never

import msgspec

from events.measure import Frequency
from workers.replan import MorePeriods, MoreTime, NearerScore, SmallerStep, Way
from workers.words.language import Numbers, PracticeNumbers, ScoreNumbers, plain, sentence

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
}


class Spanish(msgspec.Struct, frozen=True):
    """Words for people who read Spanish; `decimal` is their region's decimal sign."""

    language: str = "es"
    decimal: str = ","

    def date_passed(self, due_on: date, *, today: date) -> str:
        return f"La fecha acordada, el {day(due_on, today)}, ya pasó."

    def moved(self, numbers: Numbers, *, today: date) -> str:
        match numbers:
            case ScoreNumbers():
                points = self.counted(abs(numbers.latest - numbers.baseline), "point")
                went = self.went(numbers, today)
                return f"{went}: {points}, el {numbers.percent} % del camino."
            case PracticeNumbers():
                return (
                    f"{self.recorded(numbers)}: {self.weeks(numbers)}, "
                    f"el {numbers.percent} % del camino."
                )
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
                    f"{self.counted(numbers.count, numbers.measure.per)}."
                )
            case _:
                assert_never(numbers)

    def arrived(self, numbers: Numbers, *, today: date) -> str:
        match numbers:
            case ScoreNumbers():
                return f"{self.went(numbers, today)}; la meta era {self.plain(numbers.target)}."
            case PracticeNumbers():
                return f"{self.recorded(numbers)}: {self.weeks(numbers)}, que es lo acordado."
            case _:
                assert_never(numbers)

    def unrecorded(self, instrument: str | None, since: date, *, today: date) -> str:
        what = "práctica registrada" if instrument is None else f"puntuación en {instrument}"
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
        match way:
            case MoreTime():
                return f"mantener la meta y darle tiempo hasta el {day(way.due_on, today)}"
            case NearerScore():
                return f"apuntar primero a {self.nearer(way)}, para el {day(way.due_on, today)}"
            case MorePeriods():
                rate, until = self.rate(way.measure), day(way.due_on, today)
                return f"seguir con {rate} y darle tiempo hasta el {until}"
            case SmallerStep():
                rate, until = self.rate(way.measure), day(way.due_on, today)
                return f"dar un paso más pequeño, {rate}, hasta el {until}"
            case _:
                assert_never(way)

    def arithmetic(self, way: Way, *, today: date) -> str:
        on = day(way.due_on, today)
        match way:
            case MoreTime():
                return (
                    f"{self.plain(way.remaining)} por recorrer ÷ {self.pace(way)} = "
                    f"{self.counted(way.weeks, 'week')}; en semanas enteras, el {on}."
                )
            case NearerScore(by_half=True):
                return (
                    f"A medio camino de {self.plain(way.from_score)} a "
                    f"{self.plain(way.old_target)} = {self.plain(way.exactly)}, tomado como "
                    f"{self.plain(way.score)}; a {self.pace(way)} son "
                    f"{self.counted(way.weeks, 'week')}; en semanas enteras, el {on}."
                )
            case NearerScore():
                sign = "-" if way.old_target < way.from_score else "+"
                return (
                    f"{self.plain(way.from_score)} {sign} {self.counted(way.weeks, 'week')} × "
                    f"{self.pace(way)} = {self.plain(way.exactly)}, tomado como "
                    f"{self.plain(way.score)}."
                )
            case MorePeriods():
                per = way.measure.per
                free = f", con {way.kept_free} de reserva" if way.kept_free else ""
                return (
                    f"Lo acordado, {self.counted(way.asked, per)} - {self.plain(way.counted)} "
                    f"hasta ahora = {self.plain(way.asked - way.counted)} por recorrer; "
                    f"{self.counted(way.open_periods, per)} hasta el {on}{free}."
                )
            case SmallerStep():
                per = way.measure.per
                return (
                    f"Mediana por {NOUNS[per][0]} en {self.counted(way.count, per)}, contando "
                    f"también los periodos sin registros: {self.plain(way.middle)}, tomado como "
                    f"{self.plain(way.measure.amount)}."
                )
            case _:
                assert_never(way)

    def plain(self, number: float, digits: int = 1) -> str:
        return plain(number, decimal=self.decimal, digits=digits)

    def counted(self, number: float, noun: str) -> str:
        one, many = NOUNS[noun]
        text = self.plain(number)
        return f"{text} {one}" if text == "1" else f"{text} {many}"

    def went(self, numbers: ScoreNumbers, today: date) -> str:
        return (
            f"Su puntuación en {numbers.instrument} pasó de {self.plain(numbers.baseline)} "
            f"al inicio a {self.plain(numbers.latest)} el {day(numbers.latest_on, today)}"
        )

    def recorded(self, numbers: PracticeNumbers) -> str:
        verb = "consta" if self.plain(numbers.done) == "1" else "constan"
        return f"Hasta entonces {verb} {self.counted(numbers.done, numbers.measure.unit)}"

    def weeks(self, numbers: PracticeNumbers) -> str:
        of = self.counted(numbers.count, numbers.measure.per)
        return f"{numbers.practised} de {of} con todo o parte de lo previsto"

    def rate(self, measure: Frequency) -> str:
        per = "al día" if measure.per == "day" else "a la semana"
        return f"{self.counted(measure.amount, measure.unit)} {per}"

    def nearer(self, way: NearerScore) -> str:
        lower = way.old_target < way.from_score
        score = f"una puntuación de {self.plain(way.score)} o {'menos' if lower else 'más'}"
        if way.percent is None:
            return score
        change = "menos" if way.percent < 0 else "más"
        percent = self.plain(abs(way.percent))
        return f"un {percent} % {change} que al inicio ({score})"

    def pace(self, way: MoreTime | NearerScore) -> str:
        return f"{self.plain(way.pace_per_week, digits=2)} puntos por semana"


def day(on: date, today: date) -> str:
    year = "" if on.year == today.year else f" de {on.year}"
    return f"{on.day} de {MONTHS[on.month - 1]}{year}"
