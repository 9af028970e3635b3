"""Clients: enrolled, their details changed, discharged."""

from typing import Any

import pytest
from msgspec import ValidationError

from events.client import (
    CLIENT,
    ChangeClientDetails,
    ClientDetailsChanged,
    ClientDischarged,
    ClientNotEnrolled,
    DischargeClient,
    EnrolClient,
)
from events.moment import UnknownZone
from tests.controls import ANNA, ZURICH, change, client_enrolled
from tests.given import given, said

DISCHARGED = ClientDischarged(client_id=ANNA, reason="Moved away")


class TestEnrolClient:
    ENROL = EnrolClient(client_id=ANNA, display_name="Anna", zone=ZURICH, language="de-CH")

    def test_keeps_every_part(self) -> None:
        given(CLIENT).when(self.ENROL).then(client_enrolled())

    def test_speaks_english_unless_told(self) -> None:
        ask = EnrolClient(client_id=ANNA, display_name="Anna", zone=ZURICH)
        given(CLIENT).when(ask).then(client_enrolled(language="en"))

    @pytest.mark.parametrize("past", [(client_enrolled(),), (client_enrolled(), DISCHARGED)])
    def test_is_ignored_when_the_client_is_there(self, past: Any) -> None:
        given(CLIENT, *past).when(change(self.ENROL, display_name="Ann")).then_nothing()

    def test_is_refused_in_an_unknown_zone(self) -> None:
        given(CLIENT).when(change(self.ENROL, zone="Mars/Olympus")).then_refused(UnknownZone)

    @pytest.mark.parametrize("beyond", [{"display_name": ""}, {"language": "de-ch"}], ids=str)
    def test_has_limits(self, beyond: dict[str, Any]) -> None:
        with pytest.raises(ValidationError):
            said(change(self.ENROL, **beyond))


class TestChangeClientDetails:
    FACT = ClientDetailsChanged(client_id=ANNA, display_name="Anna", zone=ZURICH, language="de-CH")

    @pytest.mark.parametrize(
        "changes",
        [
            {"display_name": "Ann"},
            {"zone": "Asia/Tokyo"},
            {"language": "ja"},
            {"country": "JP"},
        ],
        ids=str,
    )
    def test_changes_one_thing_and_leaves_the_rest(self, changes: dict[str, Any]) -> None:
        ask = ChangeClientDetails(client_id=ANNA, **changes)
        given(CLIENT, client_enrolled()).when(ask).then(change(self.FACT, **changes))

    def test_stands_on_the_change_before(self) -> None:
        past = client_enrolled(), change(self.FACT, display_name="Ann")
        given(CLIENT, *past).when(ChangeClientDetails(client_id=ANNA, language="ja")).then(
            change(self.FACT, display_name="Ann", language="ja")
        )

    @pytest.mark.parametrize("changes", [{}, {"display_name": "Anna"}], ids=str)
    def test_is_ignored_when_it_is_already_so(self, changes: dict[str, Any]) -> None:
        ask = ChangeClientDetails(client_id=ANNA, **changes)
        given(CLIENT, client_enrolled()).when(ask).then_nothing()

    def test_is_refused_in_an_unknown_zone(self) -> None:
        ask = ChangeClientDetails(client_id=ANNA, zone="Mars/Olympus")
        given(CLIENT, client_enrolled()).when(ask).then_refused(UnknownZone)

    @pytest.mark.parametrize("past", [(), (client_enrolled(), DISCHARGED)])
    def test_is_refused_when_the_client_is_not_enrolled(self, past: Any) -> None:
        ask = ChangeClientDetails(client_id=ANNA, language="ja")
        given(CLIENT, *past).when(ask).then_refused(ClientNotEnrolled)


class TestDischargeClient:
    DISCHARGE = DischargeClient(client_id=ANNA, reason="Moved away")

    def test_discharges_the_client(self) -> None:
        given(CLIENT, client_enrolled()).when(self.DISCHARGE).then(DISCHARGED)

    def test_is_ignored_when_discharged(self) -> None:
        given(CLIENT, client_enrolled(), DISCHARGED).when(self.DISCHARGE).then_nothing()

    def test_is_refused_when_there_is_no_such_client(self) -> None:
        given(CLIENT).when(self.DISCHARGE).then_refused(ClientNotEnrolled)
