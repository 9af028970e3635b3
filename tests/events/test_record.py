"""The digest that tells one request's content from another's."""

from datetime import UTC, date, datetime
from hashlib import sha256
from uuid import UUID

import msgspec
import pytest
from msgspec.structs import replace

from events.record import DIGEST_BYTES, Cause, Recorded, Unreadable, digest
from tests.controls import DAILY, FRIDAY, HALF_THE_BDI, WALK, change


class Body(msgspec.Struct, frozen=True):
    rating: int
    note: str | None = None


ASKED = ("log_mood", WALK, Body(rating=4, note="slept badly"))


class TestDigest:
    def test_is_sixteen_bytes(self) -> None:
        assert len(digest()) == len(digest(*ASKED)) == DIGEST_BYTES

    def test_is_the_same_for_the_same(self) -> None:
        assert digest("log_mood", WALK, Body(rating=4, note="slept badly")) == digest(*ASKED)

    def test_is_the_same_in_every_release(self) -> None:
        # It lies in the log: a retry must find itself after an upgrade, too.
        packed = (
            b"\x93\xa8log_mood"
            b"\xd9\x24" + str(WALK).encode() + b"\x82\xa6rating\x04\xa4note\xabslept badly"
        )
        assert digest(*ASKED) == sha256(packed).digest()[:16]

    def test_does_not_mind_the_order_of_names(self) -> None:
        assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
        assert digest(frozenset({"client", "clinician"})) == digest(
            frozenset({"clinician", "client"})
        )

    @pytest.mark.parametrize(
        "other",
        [
            (),
            ("log_mood",),
            ("correct_mood", *ASKED[1:]),
            ("log_mood", UUID(int=1), ASKED[2]),
            ("log_mood", WALK, Body(rating=5, note="slept badly")),
            ("log_mood", WALK, Body(rating=4, note="slept badly ")),
            ("log_mood", WALK, Body(rating=4)),
            ("log_mood", WALK, Body(rating=4, note="")),
            (*ASKED, None),
        ],
    )
    def test_is_another_for_anything_else(self, other: tuple[object, ...]) -> None:
        assert digest(*other) != digest(*ASKED)

    def test_tells_where_one_part_ends(self) -> None:
        assert digest("ab", "c") != digest("a", "bc")
        assert digest(["a"], "b") != digest(["a", "b"])

    @pytest.mark.parametrize(
        "part",
        [
            FRIDAY,
            datetime(1900, 1, 1, tzinfo=UTC),
            datetime(2200, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
            DAILY,
            HALF_THE_BDI,
            frozenset({"client"}),
            55.3,
            None,
        ],
    )
    def test_takes_every_part_of_a_request(self, part: object) -> None:
        assert digest("ask", part) != digest("ask")

    def test_tells_measures_apart(self) -> None:
        measures = [DAILY, change(DAILY, reserve=1), change(DAILY, per="week"), HALF_THE_BDI]
        assert len({digest(measure) for measure in measures}) == len(measures)

    def test_tells_days_apart(self) -> None:
        assert digest(date(2026, 3, 2)) != digest(date(2026, 2, 3))


class TestIsIdOf:
    RECORDED = Recorded(
        practice_id=UUID(int=1), position=1, stream_id=WALK, category="goal", version=1,
        client_id=None, type="goal.agreed.v1", event=Unreadable(type="goal.agreed.v1"),
        actor="worker:deadlines", command_id=UUID(int=5), correlation=UUID(int=5),
        occurred_at=datetime(2026, 1, 1, tzinfo=UTC), recorded_at=datetime(2026, 1, 1, tzinfo=UTC),
        content=b"",
    )  # fmt: skip
    NOW = Cause(
        command_id=UUID(int=8), formerly=UUID(int=5), actor="worker:deadlines", content=b"",
        correlation=UUID(int=8),
    )  # fmt: skip

    def test_knows_what_an_earlier_release_recorded(self) -> None:
        assert self.NOW.is_id_of(self.RECORDED)

    def test_does_not_know_what_somebody_else_recorded_under_the_former_id(
        self,
    ) -> None:
        planted = replace(self.RECORDED, actor="client:anna")
        assert not self.NOW.is_id_of(planted)
        # Of a chosen id who used it is asked later: there it is a conflict.
        assert replace(self.NOW, command_id=UUID(int=5)).is_id_of(planted)
