"""Practices: opened, and their settings changed."""

from typing import Any

import pytest
from msgspec import ValidationError

from events import practice
from events.moment import UnknownZone
from events.practice import (
    ChangePracticeSettings,
    OpenPractice,
    PracticeNotOpened,
    PracticeSettingsChanged,
)
from tests.controls import PRACTICE, ZURICH, change, practice_opened
from tests.given import given, said


class TestOpenPractice:
    OPEN = OpenPractice(
        practice_id=PRACTICE, name="Elm Street", zone=ZURICH, country="CH", language="de"
    )

    def test_keeps_every_part(self) -> None:
        given(practice.PRACTICE).when(self.OPEN).then(practice_opened())

    def test_speaks_english_unless_told(self) -> None:
        ask = OpenPractice(practice_id=PRACTICE, name="Elm Street", zone=ZURICH, country="CH")
        given(practice.PRACTICE).when(ask).then(practice_opened(language="en"))

    def test_is_ignored_when_opened(self) -> None:
        ask = change(self.OPEN, name="Oak Street")
        given(practice.PRACTICE, practice_opened()).when(ask).then_nothing()

    @pytest.mark.parametrize("zone", ["Europe/Atlantis", "europe/zurich", "CET+1", "localtime"])
    def test_is_refused_in_an_unknown_zone(self, zone: str) -> None:
        given(practice.PRACTICE).when(change(self.OPEN, zone=zone)).then_refused(UnknownZone)

    @pytest.mark.parametrize(
        "beyond",
        [
            {"name": ""},
            {"name": "x" * 201},
            {"country": "Switzerland"},
            {"country": "ch"},
            {"language": "German"},
        ],
        ids=str,
    )
    def test_has_limits(self, beyond: dict[str, Any]) -> None:
        with pytest.raises(ValidationError):
            said(change(self.OPEN, **beyond))


class TestChangePracticeSettings:
    FACT = PracticeSettingsChanged(
        practice_id=PRACTICE, name="Elm Street", zone=ZURICH, country="CH", language="de"
    )

    @pytest.mark.parametrize(
        "changes",
        [{"name": "Oak Street"}, {"zone": "Asia/Tokyo"}, {"country": "LI"}, {"language": "fr-CH"}],
        ids=str,
    )
    def test_changes_one_thing_and_leaves_the_rest(self, changes: dict[str, Any]) -> None:
        ask = ChangePracticeSettings(practice_id=PRACTICE, **changes)
        given(practice.PRACTICE, practice_opened()).when(ask).then(change(self.FACT, **changes))

    @pytest.mark.parametrize("changes", [{}, {"name": "Elm Street", "zone": ZURICH}], ids=str)
    def test_is_ignored_when_it_is_already_so(self, changes: dict[str, Any]) -> None:
        ask = ChangePracticeSettings(practice_id=PRACTICE, **changes)
        given(practice.PRACTICE, practice_opened()).when(ask).then_nothing()

    def test_is_refused_in_an_unknown_zone(self) -> None:
        ask = ChangePracticeSettings(practice_id=PRACTICE, zone="Europe/Atlantis")
        given(practice.PRACTICE, practice_opened()).when(ask).then_refused(UnknownZone)

    def test_is_refused_when_there_is_no_such_practice(self) -> None:
        ask = ChangePracticeSettings(practice_id=PRACTICE, name="Oak Street")
        given(practice.PRACTICE).when(ask).then_refused(PracticeNotOpened)
