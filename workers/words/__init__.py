"""The words of suggestions, in the client's language: Spanish or English.

They keep to: real numbers, no verdict, no praise where nothing moved, no claim
that a score proves anything, no promise, and the choice handed back. tests/workers lints all that
can be rendered.
"""

from workers.words.english import English
from workers.words.language import Words
from workers.words.spanish import Spanish

__all__ = ["Words", "words_for"]

# Where English is written with the month before the day.
MONTH_FIRST_REGIONS = frozenset({"PH", "US"})
# Where Spanish is written with a decimal point.
POINT_REGIONS = frozenset({"DO", "GT", "HN", "MX", "NI", "PA", "PR", "SV", "US"})


def words_for(*languages: str) -> Words:
    """The words for the first of these languages that there are words for, else English.

    A language is one such as en, es or es-MX: what the client prefers, then what the practice
    speaks. The suggestion says which language its words came to be in.
    """
    for language in languages:
        spoken, _, region = language.partition("-")
        if spoken == "es":
            return Spanish(decimal="." if region in POINT_REGIONS else ",")
        if spoken == "en":
            return English(month_first=region in MONTH_FIRST_REGIONS)
    return English()
