"""The words of suggestions, in the client's language: Spanish where they prefer it, else English.

They keep to: real numbers, no verdict, no praise where nothing moved, no claim
that a score proves anything, no promise, and the choice handed back. tests/workers lints all that
can be rendered.
"""

from workers.words.english import English
from workers.words.language import Words
from workers.words.spanish import Spanish

__all__ = ["Words", "words_for"]

# Where Spanish is written with a decimal point.
POINT_REGIONS = frozenset({"DO", "GT", "HN", "MX", "NI", "PA", "PR", "SV", "US"})


def words_for(language: str) -> Words:
    """The words for a preferred language such as en, es or es-MX."""
    spoken, _, region = language.partition("-")
    if spoken == "es":
        return Spanish(decimal="." if region in POINT_REGIONS else ",")
    return English()
