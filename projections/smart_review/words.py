"""A finding in words: the question and its arithmetic, in English or Spanish."""

from collections.abc import Mapping
from typing import Final

from events.change import CRITICAL
from events.wording import Told, plain, worded
from projections.smart_review.english import ENGLISH
from projections.smart_review.parts import Finding, Found
from projections.smart_review.spanish import SPANISH

# A question and its arithmetic, by the finding's words; and the names of units.
Sentences = Mapping[str, tuple[str, str]]
SENTENCES: Final[Mapping[str, Sentences]] = {"en": ENGLISH, "es": SPANISH}
UNITS: Final = {
    "en": {"times": ("time", "times"), "minutes": ("minute", "minutes")},
    "es": {"times": ("vez", "veces"), "minutes": ("minuto", "minutos")},
}


def finding(found: Found, language: str) -> Finding:
    """A finding in the clinician's language: Spanish where they read it, else English."""
    spoken = "es" if language.partition("-")[0] == "es" else "en"
    question, arithmetic = SENTENCES[spoken][found.words]
    told = told_of(found, spoken, language)
    return Finding(
        letter=found.letter,
        code=found.code,
        question=worded(question, told),
        arithmetic=worded(arithmetic, told),
        numbers=found.numbers,
        blocks=found.blocks,
    )


def told_of(found: Found, spoken: str, language: str) -> dict[str, Told]:
    written = language if spoken == language.partition("-")[0] else spoken
    told = {
        name: Told(plain(number, written), abs(number - 1) < 0.005)
        for name, number in found.numbers.items()
    }
    told["z"] = Told(plain(CRITICAL, written))
    for name, value in found.names.items():
        told[name] = Told(value)
    unit = found.names.get("unit")
    if unit is not None:
        one, many = UNITS[spoken][unit]
        told["units"] = Told(many)
        for name in ("amount", "asked", "kept", "baseline"):
            if name in told:
                told[f"{name}_units"] = Told(
                    f"{told[name].text} {one if told[name].single else many}"
                )
    return told
