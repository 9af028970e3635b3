"""What a questionnaire is: the form of the data files, one instrument each."""

import math
from typing import Literal

import msgspec

from events.practice_choices import Band, NoticedChange, ReliabilityKind


class AnswerOption(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One answer that can be chosen. `value` is what it counts, `loinc` its answer code."""

    value: int
    text: str
    loinc: str | None = None


class Item(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One question, word for word. Without `options` of its own it has the instrument's."""

    number: int
    text: str
    loinc: str | None = None
    options: tuple[AnswerOption, ...] = ()


class Scoring(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How answers become a total: the instrument's own rule.

    `highest` has, for each item in order, the highest answer; the lowest is 0. Of each group of
    `groups` (item numbers, from 1) the highest answer alone counts; `counts_at_most` is what one
    answer can count; the sum is multiplied by `multiplier`. Where at most `missing_allowed`
    answers are missing, a prorated value may be told, which is never a total.
    """

    highest: tuple[int, ...]
    groups: tuple[tuple[int, ...], ...] = ()
    counts_at_most: int | None = None
    multiplier: int = 1
    missing_allowed: int = 0

    @property
    def count(self) -> int:
        """How many items there are."""
        return len(self.highest)

    def total(self, answers: tuple[int, ...]) -> float:
        """The total of a form whose every item is answered."""
        most = self.counts_at_most
        points = [answer if most is None else min(answer, most) for answer in answers]
        grouped = {number for group in self.groups for number in group}
        alone = sum(one for number, one in enumerate(points, start=1) if number not in grouped)
        of_groups = sum(max(points[number - 1] for number in group) for group in self.groups)
        return float((alone + of_groups) * self.multiplier)


class SafetyItem(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which items (from 1) ask about death or self-harm; any answer above 0 endorses one."""

    numbers: tuple[int, ...]
    highest: int


class Codes(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """LOINC codes of the panel and the total, and the SNOMED CT code of the score."""

    loinc_panel: str | None = None
    loinc_total: str | None = None
    snomed: str | None = None


class Instrument(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What Cairn knows of a questionnaire. Totals, bands and changes are in its points.

    Towards illness, `cut_off` is the first total that counts as clinical and `remission` the last
    that counts as remission; `response_percent` is the fall in percent of the baseline that
    counts as response. None of them where no source gives one. `reliability_kind` is how the
    reliability was found, None where a practice does not say it of its own. Where `zero_is_none`
    is false 0 is no absence of anything, as on a T-score, and no percentage is told of it.

    `codes_notice` is what the licence of LOINC asks to be shown with its codes, of the instrument,
    its items or its answers; it is empty where there are none.

    `sources` says, by field, where a number comes from, and that it is told second-hand where the
    source itself was not read for Cairn. `defaults` are the numbers that are still the
    instrument's own and that a practice may lay its own over (its norms). Items are shown only
    where `may_ship_items`; an instrument without `scoring` takes totals alone.
    """

    id: str
    version: int
    name: str
    full_name: str
    minimum: float
    maximum: float
    better: Literal["lower", "higher"]
    step: float
    respondent: Literal["self", "clinician"]
    recall_days: int
    licence: str
    may_ship_items: bool
    source: str
    notice: str = ""
    instruction: str = ""
    options: tuple[AnswerOption, ...] = ()
    items: tuple[Item, ...] = ()
    difficulty: Item | None = None
    scoring: Scoring | None = None
    safety_item: SafetyItem | None = None
    bands: tuple[Band, ...] = ()
    standard_deviation: float | None = None
    reliability: float | None = None
    reliability_kind: ReliabilityKind | None = None
    reliable_change: float | None = None
    noticed_change: NoticedChange | None = None
    cut_off: float | None = None
    response_percent: float | None = None
    remission: float | None = None
    zero_is_none: bool = True
    codes: Codes = Codes()
    codes_notice: str = ""
    sources: dict[str, str] = {}
    defaults: tuple[str, ...] = ()

    def spans(self, value: float) -> bool:
        """Whether a value, whole or not, lies within the range."""
        return self.minimum <= value <= self.maximum

    def admits(self, total: float) -> bool:
        """Whether a total can come out of this instrument."""
        steps = (total - self.minimum) / self.step
        return self.spans(total) and abs(steps - round(steps)) < 1e-6

    def band_of(self, value: float) -> Band | None:
        """The band a total lies in. A prorated value between two bands lies in the lower one."""
        inside = [band for band in self.bands if band.minimum <= value]
        return max(inside, key=lambda band: band.minimum, default=None)

    def is_clinical(self, total: float) -> bool | None:
        """Whether a total has come to the cut-off; None where there is none."""
        if self.cut_off is None:
            return None
        return total >= self.cut_off if self.better == "lower" else total <= self.cut_off

    @property
    def missing_allowed(self) -> int | None:
        """With how many answers missing a prorated value is told; None where it never can be.

        No rule is known for a sum of maxima.
        """
        if self.scoring is None or self.scoring.groups:
            return None
        return self.scoring.missing_allowed

    @property
    def has_loinc(self) -> bool:
        """Whether a LOINC code stands anywhere in it."""
        items = (*self.items, *((self.difficulty,) if self.difficulty else ()))
        options = (*self.options, *(option for item in items for option in item.options))
        codes = (self.codes.loinc_panel, self.codes.loinc_total)
        return any((*codes, *(one.loinc for one in (*items, *options))))

    @property
    def non_clinical(self) -> float | None:
        """The first total on the healthy side of the cut-off: 9 for a PHQ-9 with 10."""
        if self.cut_off is None:
            return None
        # A cut-off may lie between two totals: a practice's own is often computed.
        steps = (self.cut_off - self.minimum) / self.step
        lower = self.better == "lower"
        nth = math.ceil(steps - 1e-9) - 1 if lower else math.floor(steps + 1e-9) + 1
        return round(self.minimum + nth * self.step, 6)
