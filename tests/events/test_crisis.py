"""Crisis information: reviewed, in every language shipped, calm, and never another country's."""

from datetime import date

import pytest

from events.crisis import LANGUAGES, Reviewed, crisis_help, notice, notices, reviewed, spoken
from events.practice_choices import CrisisInformation, CrisisLine
from tests.workers.avoided import found_in

EU = (
    *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU"),
    *("IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"),
)
OWN = CrisisInformation(
    lines=(CrisisLine(name="Die Dargebotene Hand", reach="143"),),
    reviewed_on=date(2026, 11, 2),
    reviewed_by="Dr Elm",
)
FILES = list({one.source: one for one in reviewed().values()}.values())


@pytest.mark.parametrize(
    ("country", "reach"),
    [
        ("US", ["988", "911"]),
        ("CA", ["988", "911"]),
        ("GB", ["116 123", "112"]),
        ("IE", ["116 123", "112"]),
        *((country, ["112"]) for country in EU),
        ("", ["the emergency number of the place where you are"]),
        ("NZ", ["the emergency number of the place where you are"]),
    ],
)
def test_a_country_has_its_own_lines(country: str, reach: list[str]) -> None:
    assert [line.reach for line in crisis_help(country, "en", {}).lines] == reach


def test_there_are_lines_for_these_countries_and_no_other() -> None:
    assert set(reviewed()) == {"US", "CA", "GB", "IE", *EU, ""}


def test_a_practices_own_lines_take_their_place() -> None:
    found = crisis_help("CH", "en", {"CH": OWN})
    assert (found.lines, found.reviewed_by, found.reviewed_on) == (
        OWN.lines, "Dr Elm", date(2026, 11, 2),
    )  # fmt: skip
    assert crisis_help("US", "en", {"CH": OWN}).lines[0].reach == "988"


@pytest.mark.parametrize("file", FILES, ids=lambda one: one.source)
def test_every_file_says_who_looked_over_it_and_when_in_every_language(file: Reviewed) -> None:
    assert file.reviewed_on <= date(2026, 11, 24)
    assert file.reviewed_by
    assert file.source
    assert tuple(file.lines) == LANGUAGES
    numbers = {
        tuple(line.reach for line in lines if line.reach[0].isdigit())
        for lines in file.lines.values()
    }
    assert len(numbers) == 1  # The same numbers, whatever the language.


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_in_it_reproaches_promises_or_raises_its_voice(language: str) -> None:
    said = [notices()[language].notified, notices()[language].not_notified]
    for file in FILES:
        said += [part for one in file.lines[language] for part in (one.name, one.reach, one.hours)]
    assert [hit for text in said for hit in found_in(text, language)] == []


@pytest.mark.parametrize(
    ("tag", "language"),
    [("en", "en"), ("en-GB", "en"), ("es", "es"), ("es-MX", "es"), ("de-CH", "en"), ("gil", "en")],
)
def test_it_speaks_the_nearest_language_there_is(tag: str, language: str) -> None:
    assert spoken(tag) == language
    assert notice(tag, notified=True) == notices()[language].notified


@pytest.mark.parametrize(
    ("language", "asked", "nobody", "unwatched"),
    [
        ("en", "has been asked", "Nobody has been notified", "not watched in real time"),
        ("es", "Se ha pedido a una persona", "No se ha avisado", "no se leen en tiempo real"),
    ],
)
def test_it_says_truly_whether_somebody_was_asked(
    language: str, asked: str, nobody: str, unwatched: str
) -> None:
    told, untold = notice(language, notified=True), notice(language, notified=False)
    assert asked in told
    assert nobody not in told
    assert nobody in untold
    assert asked not in untold
    assert unwatched in told
    assert unwatched in untold
