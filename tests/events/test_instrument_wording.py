"""The wording of every item, option and notice, locked: questionnaires drift when they are retyped.

Each text is known here by its SHA-256 alone, so that a change of wording has to be made twice, by
somebody who means it. The texts were compared with the sources that each file names.
"""

from collections.abc import Iterable
from hashlib import sha256

import msgspec
import pytest

from events import instruments
from events.instruments import Instrument, Item

PHQ9_ITEMS = (
    "9bb34b8f7ca6dbcbf1b043003ad019e8175a52602c6d5b72d191b364f3d9d131",
    "aeb17a99adad141299f27444d5e59a6855ea75e338e340abc0f71179f13197f6",
    "1244963d1912c2bff840ffa4ad5af16d15ac409ac98cce784d1e257c9e97417f",
    "0b9fa7b8a9c198909ea66cf494f3aca8ceb2a8491aeb8b014f498f8d970e3d6a",
    "2a3dfdd4401d8c5bcb92897c2786b2c250e371ad50c6ce617ae08648e9910aa6",
    "4b6e1a47fc852b7bcf227b5bd4297b388f9e160acf325d943058cb07190cbd4d",
    "901ce5230a967d194c201938cdaaeae717bcbbc7c6fc5de677f58b26cf615781",
    "2892ed79f167c44b49483d51f1df562a909dc82b384bf0956905753945a80546",
    "c10bd1a7c781e560a0afc4f6dd8570a6ce0f50aa886e165a1c7c869feb0863f2",
)
GAD7_ITEMS = (
    "a608faf93c7fe84faed648ea11c0765dbb14ff03ea7c42174c95ecc59efc3df8",
    "f0412d630d01a77c1811da96b1922f89e2314af9d55d400cc03cb691dd87ab9e",
    "d3d338b468725df41cc647f5d844d41413d9a60e01bd90fcc6d9ded110bbc9e9",
    "8c0b7a6b0ee0f7db77b07aadfbe3c1c12ae1bb4882bafa58d57b77382391413c",
    "66cf6024e2ff522e54627de318cf827603a4c61bd2445c50be69ac574cf4f2c8",
    "ec61ae10a65ecc538c84e92b4632d7974da083b1677cc63747befe76126348b4",
    "56e9c044eea906e987729acccf6b8c527f6fe3137804456cd4acf5eaf4f76c86",
)
CORE10_ITEMS = (
    "339afe1a4ed73c62cd8176b226f759c9a42e59f99477e69507d3509317fd518a",
    "f66e17a6d8a1b68e233e7aef0ffe90f2dc92d1d37e358bb9fe4c1f4886dcc887",
    "204e6597aaf3370d07a78b666c3e1f11d8dbeb4d1cb3a9fca849879a58c49432",
    "817a98eb0e49c0b1d66c55dd3589d79a9ca4eca2ce4e3c884d78184fb29f8def",
    "329faff1f0bb94d37b6c7b468c5c0bf0eb72dac761d596fa2563e5c1bd9424ae",
    "daa49316961de36b5eb20b02a73d1f3b3f786bcc6aaf658d9a7313ae38c93b3d",
    "035288548dc0439dd966de98801140093c2a05be212f46b9b344616381852283",
    "90939946a8b788a0a6de6225e1ecb3a9a30aba8d1def8a38bd03a6c13df81c05",
    "a1b6d7ef942ff65a193d3d6e8d6a35db6f4f8e998bbb281e3b3c2fc1d6165427",
    "a48a4ff2946d5cbd982d99f656a07762c0b36b0491a31fd786d6cc6f30228b4a",
)
CESD_R_ITEMS = (
    "57312780bd8f307a71472a4b39666f434d4627e0ab21ce4ce47827d62755857c",
    "6129d6b98ea6473b8d4921758aab19c22989770e6734166d86840d47a305e90e",
    "dd83faecc52042b8fb109f118a265c018f09e9e399628a2b323028df7218d90f",
    "d93c084cdb9ea37ca82bf03945cfec2daf1e1cb0d531c37d6475ccd1978b0bbb",
    "50b37aa51e7b23727281c1dfe9e486bd67a8e871536575591b08491016e800c4",
    "b8140b27170a49266a2d914b863d94649e0c9f4ffa9755ae3e5126d3ab70993f",
    "1fe0c5cb53a588394c8c6fb5df1e1db13547080f4e722cefcf315821714d7b7b",
    "c5f8acecc74da98792ff8cec514dbb8ea70102fb8cba96bca5d1abb4949aa260",
    "5b021e134b6aae1eb78b996dd18adc9e26149b1e64786ee00413a00dc5f9cd8b",
    "fbdb968e3f25dbbf77056c6d1362d983751d68c523d846a7c696e3f90fa7dabe",
    "50bebe8e46c2084a4d7842079f2236255008219a7e40f4ccd731845268d3bfd9",
    "0cb371713f85645d3d01b301cd2f721a405a6611e55ccde93aad61e0a5ee2004",
    "4937a6d8a325c93b11068df5c4e4260d32f5a4a2287bfffd8662f6913fa64391",
    "87276933b8ada63a1657c376bbc38aee4785b0b03a2ca85296d2bd5f30c22df9",
    "0727dbac524b2f87192af5930e721020e4b980be0bb3bbc548dbed14f47f4496",
    "7aa8bfff225b3eb1868c9e8539706f6ce7aac634416dd5796f90844074f84589",
    "912d52d91481514cf4573b621ec067f2abdc6f0213b4163cc7c5aa8c9d9f7e2c",
    "ae488068ad4c44186eacbdae1fb9221212f95ccfb7da0e79583d7258a6608a5d",
    "65850e47bda5d7e9babe77ee5cfeaa60d639e06650122c17e7157174b7418227",
    "b3520f407d4f4b69298888f224fda0da559b93195818cde33a471772938e75ed",
)
PHQ_OPTIONS = (
    "93a00d07ebb915ae35f57ab3a58e970ae83433dce8329ef6eb5353ee109fafa6",
    "f2477935aa1e1dadcfece8816f0097289593e2edc67e1f4aef69c57e906c1076",
    "7cc95688702d097da29212e23b59959f794896997c0d05251ab482431dd48405",
    "83d825c2c8a2125f9812c4c50247adc9e079cd84fccb3daa1d748b5ab5199341",
)
DIFFICULTY = (
    "a9be6872f364adb4f02011536535906fc03ed9eabd8df49476be418169f418bb",
    "c8eeaf6afab2e9617d8465f25e3cb839a9884798a416c36892058d98f053395a",
    "57d61e358553504a5d4b513bd9b8232393d62cfa595c3df0bd010033e2b7b3fd",
    "3d4296ee5d880b98411045dce494d294b32ad9c7b7ccd38f5708dd405d84152f",
    "176009dbd3d2c61265f0f955c11d628cd5f8ac53426ccda5854c37b40923780f",
)
GAD7_DIFFICULTY = (
    "438d75e41e1e8b099c02b95f92d4507213eec78fbde01599b9c66b2bfbc0072a",
    *DIFFICULTY[1:],
)
CORE10_OPTIONS = (
    "93a00d07ebb915ae35f57ab3a58e970ae83433dce8329ef6eb5353ee109fafa6",
    "30a2f819fdeaa8be522804af4e065232c260d9f2e25c5a4f5d1db7405e2fa06c",
    "5bca0e3da0627549815c3b0691247c3722893884bbcccde4af1f23878f6a93e5",
    "6f6f6b4ab1bd157aa91c23a7431ca3fba2fd776bd21ea5889cb499f2be455d10",
    "dfdff08d73a15447b6aeb8dc0c4679fe1e2c52d60c95cecfd925ea2d482adf7e",
)
CESD_R_OPTIONS = (
    "32b0b21299f43d055c58f02a9a63e0587e136ffefe280b27d802e0937c4cafd8",
    "34652458326a1a3b4088edf06bafcd95362e6533d21199a3a2e351f42cf50236",
    "cd694859b090390f5b649a0f29a869ac6b6c911748a0c8fb98c83dfd010147e9",
    "c18c64098989844d4acdc601b0c3b60f57ad7c6f2018da5e88658a1d2bc3ee09",
    "b5cdfdfd1888979da02e2d2e17bb41611fb484d069ae09f356d9cf8fd3e461e5",
)
INSTRUCTIONS = {
    "phq9": "a7cf6c81d77ca468de5386e8576845151160ddebce993f56ce84e6627e2ff3de",
    "phq8": "a7cf6c81d77ca468de5386e8576845151160ddebce993f56ce84e6627e2ff3de",
    "phq2": "a7cf6c81d77ca468de5386e8576845151160ddebce993f56ce84e6627e2ff3de",
    "gad7": "2cfad67b8ee11af10f394207256d5cb9a01a6fb71617816abc282d47300b1287",
    "core10": "1fa40fe70f03ebeb8041523dd00aea7758dd8b5746724e38b7957121dddea4b1",
    "cesd_r": "538c5ce35ea94e3905289187eede7205aa11afa46cec3567b610fca3a122cf8d",
}
NOTICES = {
    "phq9": "7b5cf22f5052cddfa23696d37e0de4001e2989a1e094738cd99623f581dd6bb0",
    "phq8": "7b5cf22f5052cddfa23696d37e0de4001e2989a1e094738cd99623f581dd6bb0",
    "phq2": "7b5cf22f5052cddfa23696d37e0de4001e2989a1e094738cd99623f581dd6bb0",
    "gad7": "7b5cf22f5052cddfa23696d37e0de4001e2989a1e094738cd99623f581dd6bb0",
    "core10": "8329791adc7486edcd46706dfbf65fd7533641cd435c736d3b6a8fe8cd4bb6b9",
    "cesd_r": "3d1141ef599aaabed1fe61e471a14e14ed29bfa9d084c3f17c55cc1d8a4b8959",
}

ITEMS = {
    "phq9": PHQ9_ITEMS,
    "phq8": PHQ9_ITEMS[:8],
    "phq2": PHQ9_ITEMS[:2],
    "gad7": GAD7_ITEMS,
    "core10": CORE10_ITEMS,
    "cesd_r": CESD_R_ITEMS,
}
OPTIONS = {
    "phq9": PHQ_OPTIONS,
    "phq8": PHQ_OPTIONS,
    "phq2": PHQ_OPTIONS,
    "gad7": PHQ_OPTIONS,
    "core10": CORE10_OPTIONS,
    "cesd_r": CESD_R_OPTIONS,
}
# The form of every version there has been, the first one first. Whoever changes a form adds a hash
# and raises the version in its file: what was recorded with an earlier one stays as it was asked.
FORMS: dict[str, tuple[str, ...]] = {
    "bdi2": ("a14ae7eedbefbaf9f3c74ac32772d3abb1694702b4234dcffd13a831d109bf97",),
    "cesd_r": ("fc207efd29d641aa5075b6e427db5b0534973397ef32b8c6a00264057c470a3c",),
    "core10": ("45780666ee56b3cd38ee92b2b187c4177f36fb3114491256f15135db30405ed4",),
    "dass21_anxiety": ("fd74a15d0a78c2cb00b9dcf0f5bde499c8e49054eadd3e201365e51a3c8a5d87",),
    "dass21_depression": ("fd74a15d0a78c2cb00b9dcf0f5bde499c8e49054eadd3e201365e51a3c8a5d87",),
    "dass21_stress": ("fd74a15d0a78c2cb00b9dcf0f5bde499c8e49054eadd3e201365e51a3c8a5d87",),
    "gad7": ("778bc0552890043e1887eda3a07b15978948a13d81802b7d43f39a6cfefb4700",),
    "ham_d17": ("4e161171d24788cc1ae9252115f37c75a00356ee0b8d0c4027487c9be9c4b75d",),
    "phq2": ("bb5c3f00e5107da32089cb89f5da1cc13fbf955a4821629aedbf371529dcb7c0",),
    "phq8": ("4f449f45ec74d7abced5419b4f155f03365b87c8b9d66e165aae4c39574d401b",),
    "phq9": ("72ef7e62b9d596f75c7c7c3cab27bfbd156d90d00894e109747d15b4d7c2c5a0",),
    "promis_depression_t": ("01a70b04569407e3fefada5b3c0ba8e362b727205c52f7831f20339408846d65",),
    "qids_sr16": ("6e7388a53ca113182cd727c4c50f1c3e0e487395580d76ff3664717ce30b4bb9",),
    "who5": ("5afffb6bd4bbc2b28c77dafa874484058317099b17e49b916addfbff6998e2ed",),
}
PHQ9_LOINC = (
    *("44250-9", "44255-8", "44259-0", "44254-1", "44251-7"),
    *("44258-2", "44252-5", "44253-3", "44260-8"),
)
GAD7_LOINC = ("69725-0", "68509-9", "69733-4", "69734-2", "69735-9", "69689-8", "69736-7")
ANSWERS_LOINC = ("LA6568-5", "LA6569-3", "LA6570-1", "LA6571-9")
SHOWN = [one for one in instruments.known().values() if one.may_ship_items]
every_form = pytest.mark.parametrize("instrument", SHOWN, ids=lambda one: one.id)


def form_of(instrument: Instrument) -> str:
    """A hash of what a filled-in form and its total depend on.

    Codes are no part of it, nor is what a practice may choose, such as its bands.
    """
    rule, safety = instrument.scoring, instrument.safety_item
    options = {"": instrument.options, **{one.text: one.options for one in questions(instrument)}}
    parts = (
        instrument.instruction,
        [(text, [(one.value, one.text) for one in chosen]) for text, chosen in options.items()],
        rule and (rule.highest, rule.groups, rule.counts_at_most, rule.multiplier),
        safety and safety.numbers,
        (instrument.minimum, instrument.maximum, instrument.step, instrument.better),
        (instrument.recall_days, instrument.respondent),
    )
    return sha256(msgspec.json.encode(parts)).hexdigest()


def questions(instrument: Instrument) -> tuple[Item, ...]:
    asked = instrument.difficulty
    return instrument.items if asked is None else (*instrument.items, asked)


def digests(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(sha256(text.encode()).hexdigest() for text in texts)


@every_form
def test_every_item_is_word_for_word(instrument: Instrument) -> None:
    assert digests(item.text for item in instrument.items) == ITEMS[instrument.id]
    assert [item.number for item in instrument.items] == [
        nth for nth, _ in enumerate(ITEMS[instrument.id], start=1)
    ]
    assert instrument.scoring is not None
    assert len(instrument.items) == instrument.scoring.count


@every_form
def test_every_option_is_word_for_word_and_counts_what_it_is_worth(instrument: Instrument) -> None:
    assert instrument.scoring is not None
    assert digests(option.text for option in instrument.options) == OPTIONS[instrument.id]
    for item, highest in zip(instrument.items, instrument.scoring.highest, strict=True):
        own = item.options or instrument.options
        assert [option.text for option in own] == [option.text for option in instrument.options]
        assert sorted(option.value for option in own) == list(range(highest + 1))


@every_form
def test_the_instruction_and_the_notice_are_word_for_word(instrument: Instrument) -> None:
    assert digests([instrument.instruction]) == (INSTRUCTIONS[instrument.id],)
    assert digests([instrument.notice]) == (NOTICES[instrument.id],)


@pytest.mark.parametrize("instrument", instruments.known().values(), ids=lambda one: one.id)
def test_a_form_that_changes_is_another_version(instrument: Instrument) -> None:
    assert (instrument.version, form_of(instrument)) == (
        len(FORMS[instrument.id]),
        FORMS[instrument.id][-1],
    )


@pytest.mark.parametrize("instrument", ["phq9", "phq8", "phq2", "gad7"])
def test_the_notice_names_owner_authors_and_permission(instrument: str) -> None:
    notice = instruments.named(instrument).notice
    for words in (
        "Pfizer Inc.",
        *("Spitzer", "Williams", "Kroenke"),
        "No permission required to reproduce, translate, display or distribute.",
    ):
        assert words in notice


@pytest.mark.parametrize(
    ("instrument", "number", "words", "loinc"),
    [("phq9", 10, DIFFICULTY, "69722-7"), ("gad7", 8, GAD7_DIFFICULTY, None)],
)
def test_the_difficulty_question_is_asked_and_not_scored(
    instrument: str, number: int, words: tuple[str, ...], loinc: str | None
) -> None:
    question = instruments.named(instrument).difficulty
    assert question is not None
    assert question.number == number
    assert digests([question.text, *(option.text for option in question.options)]) == words
    assert question.loinc == loinc
    assert [option.loinc for option in question.options] == [
        *("LA6572-7", "LA6573-5", "LA6575-0", "LA6574-3")
    ]


def test_items_and_options_have_their_codes() -> None:
    phq9, gad7 = instruments.named("phq9"), instruments.named("gad7")
    assert tuple(item.loinc for item in phq9.items) == PHQ9_LOINC
    assert tuple(item.loinc for item in gad7.items) == GAD7_LOINC
    for one in (phq9, gad7):
        assert tuple(option.loinc for option in one.options) == ANSWERS_LOINC


def test_the_shorter_forms_have_the_items_of_the_longer() -> None:
    phq9, phq8, phq2 = (instruments.named(one).items for one in ("phq9", "phq8", "phq2"))
    assert phq8 == phq9[:8]
    assert phq2 == phq9[:2]


def test_the_zero_option_of_the_gad7_is_not_at_all() -> None:
    # "Not at all sure" is a known error of reproduction (Zorowitz et al. 2021).
    assert instruments.named("gad7").options[0].text == "Not at all"


def test_two_items_of_the_core10_count_backwards() -> None:
    core10 = instruments.named("core10")
    backwards = [item.number for item in core10.items if item.options]
    assert backwards == [2, 3]
    for number in backwards:
        values = [option.value for option in core10.items[number - 1].options]
        assert values == [4, 3, 2, 1, 0]
