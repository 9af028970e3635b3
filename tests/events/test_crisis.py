"""Crisis information: truly labelled, in every language shipped, calm, of one's own country."""

from datetime import date
from typing import get_args

import msgspec
import pytest

from events.crisis import (
    LANGUAGES,
    CountryLines,
    Told,
    country_lines,
    crisis_help,
    notice,
    notices,
    spoken,
)
from events.practice_choices import CrisisInformation, CrisisLine
from tests.workers.avoided import found_in

ONE_ONE_TWO_ALONE = (
    *("BG", "CY", "CZ", "DK", "EE", "GR", "HR", "HU", "IS", "IT"),
    *("LI", "LT", "LU", "LV", "MT", "PL", "PT", "RO", "SE", "SI", "SK"),
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
        ("PR", ["988", "911"]),
        *((country, ["116 123", "111", "0808 808 8000", "999"]) for country in ("GB", "IM")),
        ("IE", ["116 123", "112"]),
        ("ES", ["024", "112"]),
        ("DE", ["0800 111 0 111", "116 123", "112"]),
        ("AT", ["142", "112"]),
        ("CH", ["143", "112"]),
        ("FR", ["3114", "112"]),
        ("NL", ["0800 0113", "112"]),
        ("BE", ["1813", "0800 32 123", "112"]),
        ("NO", ["116 123", "112"]),
        ("FI", ["09 2525 0111", "112"]),
        ("BR", ["188", "192"]),
        ("MX", ["800 911 2000", "911"]),
        ("AR", ["0800 999 0091", "911"]),
        ("CO", ["106", "123"]),
        ("CL", ["*4141", "131"]),
        ("AU", ["13 11 14", "000"]),
        ("NZ", ["1737", "111"]),
        *((country, ["112"]) for country in ONE_ONE_TWO_ALONE),
        ("", ["the emergency number of the place where you are"]),
        ("JP", ["the emergency number of the place where you are"]),
    ],
)
def test_a_country_has_its_own_lines(country: str, reach: list[str]) -> None:
    assert [line.reach for line in crisis_help(country, "en", {}).lines] == reach


def test_there_are_lines_for_these_countries_and_no_other() -> None:
    named = {
        *("US", "PR", "CA", "GB", "GG", "IM", "JE", "IE", "ES", "DE", "AT", "CH", "FR", "NL", "BE"),
        *("NO", "FI", "MX", "AR", "BR", "CO", "CL", "AU", "NZ"),
    }
    assert set(country_lines()) == {*named, *ONE_ONE_TWO_ALONE, ""}


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

    @pytest.mark.parametrize("reach", ["144 or 112", "112", "Call 112!", "144/112", "144, 112"])
    def test_may_have_it_themselves_or_leave_it_out(self, reach: str) -> None:
        with_it = change(OWN, lines=(*OWN.lines, CrisisLine(name="Ambulance", reach=reach)))
        assert crisis_help("CH", "en", {"CH": with_it}).lines == with_it.lines
        alone = change(OWN, with_emergency=False)
        assert crisis_help("CH", "en", {"CH": alone}).lines == OWN.lines

    @pytest.mark.parametrize(
        ("country", "reach"),
        [
            ("MX", "800 911 2000"), ("NZ", "0800 111 757"), ("AU", "1300 000 200"),
            ("GB", "0800 999 123"), ("CH", "044 112 00 00"), ("CH", "+41 (0)44 112-00-00"),
        ],
    )  # fmt: skip
    def test_do_not_have_it_within_a_longer_number(self, country: str, reach: str) -> None:
        own = change(OWN, lines=(CrisisLine(name="Our own", reach=reach),))
        emergency = country_lines()[country].emergency["en"]
        assert crisis_help(country, "en", {country: own}).lines == (*own.lines, emergency)


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
        early = change(self.REVIEW, reviewed_on=date(2026, 11, 28))
        assert crisis_help("US", "en", {"US": early}).reviewed_by is None


@pytest.mark.parametrize("file", FILES, ids=lambda one: one.source)
def test_every_file_says_who_wrote_it_down_and_when_in_every_language(file: CountryLines) -> None:
    assert file.written_on <= date(2026, 11, 29)
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
    assert notice(tag, "asked", has_helpline=True).startswith(notices()[language].asked)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", {"seen": "has seen", "asked": "on the list", "not_asked": "Nobody has been"}),
        ("es", {"seen": "ha visto", "asked": "en la lista", "not_asked": "No se ha avisado"}),
    ],
)
def test_it_says_truly_whether_somebody_has_seen_or_was_asked(
    language: str, words: dict[Told, str]
) -> None:
    for told, says in words.items():
        text = notice(language, told, has_helpline=True)
        assert [one for one in words.values() if one in text] == [says]
        assert {"en": "in real time", "es": "en tiempo real"}[language] in text


@pytest.mark.parametrize(
    ("language", "reach"),
    [("en", "you can reach a person here"), ("es", "aquí puede contactar con una persona")],
)
def test_it_promises_a_person_only_where_a_helpline_is_listed(language: str, reach: str) -> None:
    for told in get_args(Told):
        assert notice(language, told, has_helpline=True).endswith(f"{reach}.")
        assert reach not in notice(language, told, has_helpline=False)
    for country, listed in (("CH", True), ("DK", False), ("JP", False), ("", False)):
        assert crisis_help(country, language, {}).has_helpline is listed
    assert crisis_help("JP", language, {"JP": OWN}).has_helpline


@pytest.mark.parametrize(
    ("language", "blameless"),
    [("en", "nothing to do with you"), ("es", "no tiene nada que ver con usted")],
)
def test_a_form_that_is_not_taken_leaves_nobody_to_blame_themselves(
    language: str, blameless: str
) -> None:
    assert blameless in notice(language, "refused", has_helpline=True)
    assert blameless in notice(language, "nobody_on_duty", has_helpline=True)
