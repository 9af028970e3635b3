"""The instruments: what is known of each, and what a practice may lay over it."""

from typing import Any

import msgspec
import pytest

from events import instruments
from events.change import yardstick_of
from events.instruments import Band, Instrument, NoticedChange, UnknownInstrument
from events.practice_choices import Norms

# Ranges and directions by the sources named in each instrument's file.
RANGES = {
    "bdi2": (0, 63, "lower"),
    "cesd_r": (0, 60, "lower"),
    "core10": (0, 40, "lower"),
    "dass21_anxiety": (0, 42, "lower"),
    "dass21_depression": (0, 42, "lower"),
    "dass21_stress": (0, 42, "lower"),
    "gad7": (0, 21, "lower"),
    "ham_d17": (0, 52, "lower"),
    "phq2": (0, 6, "lower"),
    "phq8": (0, 24, "lower"),
    "phq9": (0, 27, "lower"),
    "promis_depression_t": (10, 100, "lower"),
    "qids_sr16": (0, 27, "lower"),
    "who5": (0, 100, "higher"),
}
# The first total of each band but the first.
BANDS = {
    "bdi2": (14, 20, 29),
    "cesd_r": (17,),
    "core10": (11, 15, 20, 25),
    "dass21_anxiety": (8, 10, 15, 20),
    "dass21_depression": (10, 14, 21, 28),
    "dass21_stress": (15, 19, 26, 34),
    "gad7": (5, 10, 15),
    "ham_d17": (8, 14, 19, 23),
    "phq2": (3,),
    "phq8": (5, 10, 15, 20),
    "phq9": (5, 10, 15, 20),
    "promis_depression_t": (55, 60, 70),
    "qids_sr16": (6, 11, 16, 21),
    "who5": (29, 51),
}
NUMBERS = (
    "standard_deviation",
    "reliability",
    "reliable_change",
    "noticed_change",
    "cut_off",
    "response_percent",
    "remission",
)
ALL = list(instruments.known().values())
every_instrument = pytest.mark.parametrize("instrument", ALL, ids=lambda one: one.id)


class TestKnown:
    def test_are_these(self) -> None:
        assert {one.id: (one.minimum, one.maximum, one.better) for one in ALL} == RANGES

    def test_come_in_alphabetical_order(self) -> None:
        assert list(instruments.known()) == sorted(RANGES)

    @every_instrument
    def test_say_what_they_are_and_under_which_licence(self, instrument: Instrument) -> None:
        assert instrument.version >= 1
        assert instrument.name
        assert instrument.full_name
        assert instrument.source
        assert instrument.licence
        assert instrument.recall_days in (7, 14)

    @every_instrument
    def test_say_where_every_number_comes_from(self, instrument: Instrument) -> None:
        given = {name for name in NUMBERS if getattr(instrument, name) is not None}
        given |= {
            name
            for name in ("items", "difficulty", "scoring", "bands")
            if getattr(instrument, name)
        }
        given |= {"codes"} if instrument.codes != instruments.Codes() else set()
        assert given <= set(instrument.sources)
        assert set(instrument.sources) <= {*given, "safety_item"}

    @every_instrument
    def test_name_the_numbers_that_norms_replace(self, instrument: Instrument) -> None:
        numbers: dict[str, Any] = {
            "standard_deviation": 5.0,
            "reliability": 0.5,
            "reliable_change": 7.0,
            "cut_off": 20.0,
            "response_percent": 40.0,
            "remission": 12.0,
            "bands": (Band(id="all", name="All", minimum=0, maximum=100),),
            "noticed_change": NoticedChange(points=3.0, percent=10.0),
        }
        own = {name for name in numbers if getattr(instrument, name) is not None}
        own |= {"missing_allowed"} if instrument.missing_allowed is not None else set()
        assert set(instrument.defaults) == own
        if instrument.missing_allowed is not None:
            numbers["missing_allowed"] = 1
        laid = instruments.with_norms(instrument, Norms(source="ours", **numbers))
        assert {name: getattr(laid, name) for name in numbers} == numbers
        assert laid.defaults == ()

    @every_instrument
    def test_say_how_their_reliability_was_found(self, instrument: Instrument) -> None:
        assert (instrument.reliability is None) is (instrument.reliability_kind is None)
        if instrument.reliability is not None:
            is_alpha = "alpha" in instrument.sources["reliability"]
            assert is_alpha is (instrument.reliability_kind == "internal_consistency")
            assert is_alpha is (instrument.id in {"cesd_r", "core10", "qids_sr16"})

    @every_instrument
    def test_reach_both_ends_in_whole_steps(self, instrument: Instrument) -> None:
        assert instrument.admits(instrument.minimum)
        assert instrument.admits(instrument.maximum)

    @every_instrument
    def test_have_bands_without_a_gap(self, instrument: Instrument) -> None:
        firsts = tuple(band.minimum for band in instrument.bands)
        assert firsts == (instrument.minimum, *BANDS[instrument.id])
        assert instrument.bands[-1].maximum == instrument.maximum
        assert len({band.id for band in instrument.bands}) == len(instrument.bands)
        steps = round((instrument.maximum - instrument.minimum) / instrument.step)
        for nth in range(steps + 1):
            total = round(instrument.minimum + nth * instrument.step, 6)
            inside = [band for band in instrument.bands if band.minimum <= total <= band.maximum]
            assert inside == [instrument.band_of(total)]

    @every_instrument
    def test_put_remission_on_the_healthy_side_of_the_cut_off(self, instrument: Instrument) -> None:
        assert instrument.cut_off is not None
        assert instrument.non_clinical is not None
        assert instrument.is_clinical(instrument.cut_off)
        assert not instrument.is_clinical(instrument.non_clinical)
        assert instrument.admits(instrument.non_clinical)
        if instrument.remission is not None:
            assert not instrument.is_clinical(instrument.remission)

    def test_show_items_only_where_the_licence_allows_it(self) -> None:
        assert {one.id for one in ALL if one.may_ship_items} == {
            *("phq9", "phq8", "phq2", "gad7", "core10", "cesd_r")
        }
        for one in ALL:
            assert bool(one.items) == bool(one.options) == one.may_ship_items
            assert bool(one.notice) == bool(one.instruction) == one.may_ship_items

    def test_take_the_total_alone_where_answers_may_not_be_kept(self) -> None:
        assert {one.id for one in ALL if one.scoring is None} == {"bdi2", "promis_depression_t"}

    def test_name_the_items_about_death_and_self_harm(self) -> None:
        assert {one.id: one.safety_item.numbers for one in ALL if one.safety_item} == {
            "phq9": (9,),
            "bdi2": (9,),
            "qids_sr16": (12,),
            "core10": (6,),
            "ham_d17": (3,),
            "cesd_r": (14, 15),
        }

    def test_are_filled_in_by_the_person_but_for_one(self) -> None:
        assert [one.id for one in ALL if one.respondent == "clinician"] == ["ham_d17"]


class TestNamed:
    def test_finds_an_instrument(self) -> None:
        assert instruments.named("phq9").name == "PHQ-9"

    @pytest.mark.parametrize("unknown", ["", "PHQ-9", "phq9 ", "__init__"])
    def test_refuses_an_unknown_one(self, unknown: str) -> None:
        with pytest.raises(UnknownInstrument):
            instruments.named(unknown)


class TestWithNorms:
    PHQ9 = instruments.named("phq9")

    def test_lays_a_practices_numbers_over_with_their_source(self) -> None:
        norms = Norms(source="our clinic, 2025", cut_off=11, remission=5)
        own = instruments.with_norms(self.PHQ9, norms)
        assert (own.cut_off, own.remission, own.reliable_change) == (11, 5, 6)
        assert own.sources["cut_off"] == own.sources["remission"] == "our clinic, 2025"
        assert own.sources["reliable_change"] == self.PHQ9.sources["reliable_change"]
        assert {"cut_off", "remission"}.isdisjoint(own.defaults)
        assert "reliable_change" in own.defaults

    def test_does_not_say_of_a_practices_reliability_how_another_was_found(self) -> None:
        ours = instruments.with_norms(self.PHQ9, Norms(source="ours", reliability=0.9))
        assert (self.PHQ9.reliability_kind, ours.reliability_kind) == ("test_retest", None)
        alpha = Norms(source="ours", reliability=0.9, reliability_kind="internal_consistency")
        said = instruments.with_norms(self.PHQ9, alpha)
        assert said.reliability_kind == "internal_consistency"
        deviation = instruments.with_norms(self.PHQ9, Norms(source="ours", standard_deviation=5.0))
        assert deviation.reliability_kind == "test_retest"

    def test_computes_the_reliable_change_of_a_practices_own_deviation(self) -> None:
        norms = Norms(source="our clinic, 2025", standard_deviation=5.0)
        yardstick = yardstick_of(instruments.with_norms(self.PHQ9, norms))
        assert yardstick is not None
        # Of SD 5 and the published r of .84: 1.96 times 5 times the root of twice .16.
        assert yardstick.reliable_change == pytest.approx(5.5437, abs=1e-4)

    def test_keeps_the_reliable_change_that_a_practice_fixes(self) -> None:
        norms = Norms(source="our clinic, 2025", standard_deviation=5.0, reliable_change=7)
        assert instruments.with_norms(self.PHQ9, norms).reliable_change == 7

    @pytest.mark.parametrize(
        ("instrument", "cut_off", "negative", "positive"),
        [
            ("phq2", 2, (0, 1), (2, 6)),
            ("phq2", 2.5, (0, 2), (3, 6)),
            ("phq2", 4, (0, 3), (4, 6)),
            ("cesd_r", 16, (0, 15), (16, 60)),
            # Nobody would be healthy: refused today, and taken once.
            ("phq2", 0, (0, 2), (3, 6)),
        ],
    )
    def test_moves_bands_that_are_nothing_but_the_cut_off(
        self, instrument: str, cut_off: float, negative: Any, positive: Any
    ) -> None:
        norms = Norms(source="our clinic, 2025", cut_off=cut_off)
        own = instruments.with_norms(instruments.named(instrument), norms)
        ids = [(one.id, one.minimum, one.maximum) for one in own.bands]
        assert ids == [("negative", *negative), ("positive", *positive)]
        assert own.sources["bands"] == "our clinic, 2025"

    @pytest.mark.parametrize("better", ["lower", "higher"])
    @pytest.mark.parametrize("cut_off", [2, 3, 4, 5, 5.5])
    def test_tells_no_band_that_contradicts_the_cut_off(self, better: Any, cut_off: float) -> None:
        phq2 = instruments.named("phq2")
        screen = msgspec.structs.replace(phq2, better=better, cut_off=3 if better == "lower" else 2)
        own = instruments.with_norms(screen, Norms(source="ours", cut_off=cut_off))
        ill = "positive" if better == "lower" else "negative"
        for total in range(7):
            band = own.band_of(total)
            assert band is not None
            assert (band.id == ill) is own.is_clinical(total)

    def test_shows_the_bands_of_a_practice_even_beside_its_cut_off(self) -> None:
        bands = (
            Band(id="well", name="Well", minimum=0, maximum=1),
            Band(id="unsure", name="Unsure", minimum=2, maximum=3),
            Band(id="ill", name="Ill", minimum=4, maximum=6),
        )
        norms = Norms(source="ours", cut_off=2, bands=bands)
        own = instruments.with_norms(instruments.named("phq2"), norms)
        assert own.bands == bands
        band = own.band_of(3)
        assert band is not None
        assert band.name == "Unsure"

    def test_lays_a_number_of_missing_answers_over_the_rule(self) -> None:
        own = instruments.with_norms(self.PHQ9, Norms(source="ours", missing_allowed=0))
        assert (own.missing_allowed, self.PHQ9.missing_allowed) == (0, 2)
        assert own.sources["missing_allowed"] == "ours"
        assert "missing_allowed" not in own.defaults
        assert own.scoring is not None
        assert own.scoring.highest == (3,) * 9

    @pytest.mark.parametrize("instrument", ["bdi2", "qids_sr16"])
    def test_knows_no_missing_answers_where_nothing_is_prorated(self, instrument: str) -> None:
        assert instruments.named(instrument).missing_allowed is None

    def test_leaves_bands_that_say_more_than_the_cut_off(self) -> None:
        own = instruments.with_norms(self.PHQ9, Norms(source="ours", cut_off=12))
        assert own.bands == self.PHQ9.bands
        assert own.sources["bands"] == self.PHQ9.sources["bands"]

    @pytest.mark.parametrize("norms", [None, Norms(source="our clinic, 2025")])
    def test_leaves_it_where_a_practice_has_none(self, norms: Norms | None) -> None:
        assert instruments.with_norms(self.PHQ9, norms) is self.PHQ9

    @pytest.mark.parametrize(
        ("instrument", "norms"),
        [
            ("gad7", Norms(source="Ours", reliability=0.9)),
            ("phq8", Norms(source="Ours", standard_deviation=5.0)),
        ],
    )
    def test_keep_the_fixed_change_where_nothing_can_be_computed(
        self, instrument: str, norms: Norms
    ) -> None:
        fixed = instruments.named(instrument)
        assert fixed.reliable_change is not None
        own = instruments.with_norms(fixed, norms)
        assert own.reliable_change == fixed.reliable_change


class TestAdmits:
    def test_takes_every_tenth_of_the_promis_range(self) -> None:
        promis = instruments.named("promis_depression_t")
        assert all(promis.admits(tenth / 10) for tenth in range(100, 1001))

    def test_takes_no_hundredth_between_two_tenths(self) -> None:
        promis = instruments.named("promis_depression_t")
        between = [one / 100 for one in range(1000, 10_000) if one % 10]
        assert not any(promis.admits(one) for one in between)

    def test_takes_every_fourth_of_the_who5(self) -> None:
        who5 = instruments.named("who5")
        assert [total for total in range(-4, 105) if who5.admits(total)] == list(range(0, 101, 4))

    @pytest.mark.parametrize(
        "total", [float("nan"), float("inf"), -float("inf"), 1e308, -0.5, 27.5]
    )
    def test_takes_no_total_from_nowhere(self, total: float) -> None:
        assert not instruments.named("phq9").admits(total)


@pytest.mark.parametrize(
    ("instrument", "value", "band"),
    [
        ("phq9", 4, "minimal"),
        ("phq9", 5, "mild"),
        ("phq9", 9.5, "mild"),
        ("phq9", 27, "severe"),
        ("who5", 28, "low"),
        ("who5", 50, "poor"),
        ("promis_depression_t", 54.9, "normal"),
        ("promis_depression_t", 55, "mild"),
        ("phq9", -1, None),
    ],
)
def test_a_value_between_two_bands_lies_in_the_lower(
    instrument: str, value: float, band: str | None
) -> None:
    found = instruments.named(instrument).band_of(value)
    assert (found and found.id) == band
