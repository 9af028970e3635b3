"""Crisis information: truly labelled, in every language shipped, calm, of one's own country."""

from datetime import date

import msgspec
import pytest

from events.crisis import (
    LANGUAGES,
    CountryLines,
    country_lines,
    crisis_help,
    notice,
    notices,
    spoken,
)
from events.practice_choices import CrisisInformation, CrisisLine
from tests.workers.avoided import found_in

EU = (
    *("BE", "BG", "CY", "CZ", "DK", "EE", "FI", "FR", "GR", "HR", "HU"),
    *("IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"),
)
OWN = CrisisInformation(
    lines=(CrisisLine(name="Die Dargebotene Hand", reach="143"),),
    reviewed_on=date(2026, 11, 2),
    reviewed_by="Dr Elm",
)
change = msgspec.structs.replace
FILES = list({one.source: one for one in country_lines().values()}.values())


@pytest.mark.parametrize(
    ("country", "reach"),
    [
        ("US", ["988", "911"]),
        ("CA", ["988", "911"]),
        ("GB", ["116 123", "111", "999"]),
        ("IE", ["116 123", "112"]),
        ("ES", ["024", "112"]),
        ("DE", ["0800 111 0 111", "116 123", "112"]),
        ("AT", ["142", "112"]),
        ("CH", ["143", "112"]),
        ("MX", ["800 911 2000", "911"]),
        ("AR", ["0800 999 0091", "911"]),
        ("CO", ["106", "123"]),
        ("CL", ["*4141", "131"]),
        ("AU", ["13 11 14", "000"]),
        ("NZ", ["1737", "111"]),
        *((country, ["112"]) for country in EU),
        ("", ["the emergency number of the place where you are"]),
        ("JP", ["the emergency number of the place where you are"]),
    ],
)
def test_a_country_has_its_own_lines(country: str, reach: list[str]) -> None:
    assert [line.reach for line in crisis_help(country, "en", {}).lines] == reach


def test_there_are_lines_for_these_countries_and_no_other() -> None:
    named = {"US", "CA", "GB", "IE", "ES", "DE", "AT", "CH", "MX", "AR", "CO", "CL", "AU", "NZ"}
    assert set(country_lines()) == {*named, *EU, ""}


def test_spanish_speakers_in_the_united_states_are_told_how_to_be_understood() -> None:
    hours = crisis_help("US", "es-US", {}).lines[0].hours
    assert "pulse 2" in hours
    assert "AYUDA" in hours


class TestThePracticesOwnLines:
    def test_take_their_place_and_keep_the_emergency_number(self) -> None:
        found = crisis_help("CH", "en", {"CH": OWN})
        assert (found.lines[:-1], found.reviewed_by, found.reviewed_on) == (
            OWN.lines, "Dr Elm", date(2026, 11, 2),
        )  # fmt: skip
        assert found.lines[-1].reach == "112"
        assert crisis_help("CH", "es", {"CH": OWN}).lines[-1].name == "Servicios de emergencia"
        assert crisis_help("US", "en", {"CH": OWN}).lines[0].reach == "988"

    def test_keep_it_in_a_country_that_has_no_lines_here(self) -> None:
        own = crisis_help("JP", "en", {"JP": OWN}).lines
        assert own[-1].reach == "the emergency number of the place where you are"

    def test_may_have_it_themselves_or_leave_it_out(self) -> None:
        with_it = change(OWN, lines=(*OWN.lines, CrisisLine(name="Ambulance", reach="144 or 112")))
        assert crisis_help("CH", "en", {"CH": with_it}).lines == with_it.lines
        alone = change(OWN, with_emergency=False)
        assert crisis_help("CH", "en", {"CH": alone}).lines == OWN.lines


class TestAReview:
    REVIEW = CrisisInformation(lines=(), reviewed_on=date(2026, 12, 1), reviewed_by="Dr Elm")

    @pytest.mark.parametrize("country", sorted(country_lines()))
    def test_is_claimed_for_nothing_that_comes_with_cairn(self, country: str) -> None:
        found = crisis_help(country, "en", {})
        assert (found.reviewed_on, found.reviewed_by) == (None, None)
        assert "nobody has called" in found.checked_by

    def test_is_the_practices_and_leaves_the_lines_and_the_language(self) -> None:
        found, before = crisis_help("US", "es", {"US": self.REVIEW}), crisis_help("US", "es", {})
        assert (found.reviewed_on, found.reviewed_by) == (date(2026, 12, 1), "Dr Elm")
        assert (found.lines, found.language) == (before.lines, "es")

    def test_of_lines_that_have_changed_since_is_none(self) -> None:
        early = change(self.REVIEW, reviewed_on=date(2026, 11, 23))
        assert crisis_help("US", "en", {"US": early}).reviewed_by is None


@pytest.mark.parametrize("file", FILES, ids=lambda one: one.source)
def test_every_file_says_who_wrote_it_down_and_when_in_every_language(file: CountryLines) -> None:
    assert file.written_on <= date(2026, 11, 24)
    assert file.checked_by
    assert file.source
    assert tuple(file.lines) == tuple(file.emergency) == LANGUAGES
    numbers = {tuple(line.reach for line in lines) for lines in file.lines.values()}
    assert len(numbers) == 1  # The same numbers, whatever the language.


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_in_it_reproaches_promises_or_raises_its_voice(language: str) -> None:
    said = list(msgspec.structs.asdict(notices()[language]).values())
    for file in FILES:
        lines = (*file.lines[language], file.emergency[language])
        said += [part for one in lines for part in (one.name, one.reach, one.hours)]
    assert [hit for text in said for hit in found_in(text, language)] == []


@pytest.mark.parametrize(
    ("tag", "language"),
    [("en", "en"), ("en-GB", "en"), ("es", "es"), ("es-MX", "es"), ("de-CH", "en"), ("gil", "en")],
)
def test_it_speaks_the_nearest_language_there_is(tag: str, language: str) -> None:
    assert spoken(tag) == language
    assert notice(tag, "notified") == notices()[language].notified


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
    told, untold = notice(language, "notified"), notice(language, "not_notified")
    assert asked in told
    assert nobody not in told
    assert nobody in untold
    assert asked not in untold
    assert unwatched in told
    assert unwatched in untold


@pytest.mark.parametrize(
    ("language", "blameless", "reach"),
    [
        ("en", "nothing to do with you", "you can reach a person here"),
        ("es", "no tiene nada que ver con usted", "aquí puede contactar con una persona"),
    ],
)
def test_a_form_that_is_not_taken_leaves_nobody_to_blame_themselves_or_alone(
    language: str, blameless: str, reach: str
) -> None:
    for told in (notice(language, "refused"), notice(language, "nobody_on_duty")):
        assert blameless in told
        assert told.endswith(f"{reach}.")
