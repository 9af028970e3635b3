"""Whatever shape a refused form has: an endorsed item that stands in it readable is read."""

import gzip
import json
import zlib
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.form_reading import LOOKED_AT_BYTES, ReadForm, read_form, text_of

WORSE = [0, 0, 0, 0, 0, 0, 0, 0, 3]
CALM = [3, 3, 3, 3, 3, 3, 3, 3, 0]
FORM = {"instrument": "phq9", "answers": WORSE}
FORM_ID = "6fa459ea-ee8a-4ca4-894e-db77e160355e"


def as_json(form: Any) -> bytes:
    return json.dumps(form).encode()


def read(body: bytes) -> tuple[str, int, int] | None:
    """The instrument, the item and the answer that a body endorses."""
    found = read_form(body, None).endorsed()
    return None if found is None else (found.instrument, found.found.item, found.found.answer)


def in_parts(*fields: tuple[str, str]) -> bytes:
    """A form as a browser's FormData sends it."""
    part = '--x-1\r\nContent-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'
    return ("".join(part.format(*field) for field in fields) + "--x-1--\r\n").encode()


NINE = ("phq9", 9, 3)
BODIES: list[tuple[bytes, tuple[str, int, int]]] = [
    *((as_json({**FORM, "instrument": one}), NINE) for one in ("PHQ9", "phq-9", "phq9 ", None)),
    (as_json({"answers": WORSE}), NINE),
    (as_json({"instrument": "phq8", "answers": WORSE}), NINE),
    (as_json({"instrument": "phq8", "total": 5, "suicide_item": 2}), ("phq8", 0, 2)),
    (as_json({"suicide_item": 2}), ("unknown", 0, 2)),
    (as_json({"suicideItem": "2"}), ("unknown", 0, 2)),
    # Wrapped.
    (as_json({"assessment": FORM}), NINE),
    (as_json([FORM]), NINE),
    (as_json({"data": [{"assessment": FORM}]}), NINE),
    (as_json({"instrument": "core10", "form": {"answers": [0, 0, 0, 0, 0, 2, 0, 0, 0, 0]}}),
     ("core10", 6, 2)),
    (as_json(json.dumps(FORM)), NINE),
    (as_json({"form": json.dumps(FORM)}), NINE),
    # Answers by number.
    (as_json({"instrument": "phq9", "answers": {"9": 3}}), NINE),
    (as_json({"instrument": "phq9", "answers": {"q9": {"value": 3}}}), NINE),
    (as_json({"answers": {str(place): one for place, one in enumerate(WORSE)}}), NINE),
    (as_json({"instrument": "phq9", "answers": [{"item": 9, "answer": 3}]}), NINE),
    (as_json({"instrument": "phq9", "answers": [{"answer": one} for one in WORSE]}), NINE),
    (as_json({"instrument": "phq9", "answers": "0,0,0,0,0,0,0,0,3"}), NINE),
    (as_json({"instrument": "phq9", "answers": [*CALM[:8], 2.5]}), NINE),
    (as_json({"instrument": "phq9", "answers": [*CALM[:8], True]}), ("phq9", 9, 1)),
    (as_json({"instrument": "phq9", "answers": [*CALM[:8], "3"]}), NINE),
    # Said twice: the worst counts, wherever it stands.
    (b'{"instrument":"phq9","answers":%b,"answers":%b}' % (as_json(WORSE), as_json(CALM)), NINE),
    (b'{"instrument":"phq9","answers":%b,"answers":%b}' % (as_json(CALM), as_json(WORSE)), NINE),
    (b'{"suicide_item":3,"instrument":"phq9","total":9,"suicide_item":0}', NINE),
    # Totals that nothing else comes to.
    (as_json({"instrument": "phq9", "total": "27"}), ("phq9", 9, 1)),
    (as_json({"instrument": "phq9", "total": 10**400}), ("phq9", 9, 1)),
    (b'{"instrument": "phq9", "total": %b}' % (b"9" * 5_000), ("phq9", 9, 1)),
    # No JSON, or not as we take it.
    (b'{"instrument": "phq9", "answers": [0,0,0,0,0,0,0,0,3', NINE),
    (b'{"instrument": "phq9", "answers": [null,0,0,0,0,0,0,0,3,', NINE),
    (b'{"instrument": "phq9", "answers": {"9": 3', NINE),
    (b'{"answers": [0,0,0,0,0,0,0,0,3,], "instrument": "phq9", }', NINE),
    (b"{'instrument': 'phq9', 'answers': [0,0,0,0,0,0,0,0,3]}", NINE),
    (b'{"instrument": "phq9", "total": 5, "suicide_item": "3", "note": "cut', NINE),
    (b'--x\r\nContent-Disposition: form-data; name="answers"\r\n\r\n[0,0,0,0,0,0,0,0,3]\r\n', NINE),
    (in_parts(("instrument", "phq9"), ("total", "9"), ("suicide_item", "3")), NINE),
    *((in_parts(*((name.format(nth), str(one)) for nth, one in enumerate(WORSE))), NINE)
      for name in ("answers", "answers[]", "answers[{}]", "answers.{}")),
    (b"<form><instrument>phq9</instrument><suicide_item>3</suicide_item></form>", NINE),
    (b"<form><instrument>phq9</instrument><answers>%b</answers></form>"
     % b"".join(b"<answer>%d</answer>" % one for one in WORSE), NINE),
    (json.dumps(FORM).encode("utf-16"), NINE),
    (json.dumps(FORM).encode("utf-16-le"), NINE),
    (json.dumps(FORM).encode("utf-8-sig"), NINE),
    (gzip.compress(as_json(FORM), mtime=0), NINE),
    (gzip.compress(as_json(FORM) + b" " * 9_000, mtime=0)[:-12], NINE),
    (zlib.compress(as_json(FORM)), NINE),
    (urlencode({"instrument": "phq9", "answers": WORSE}, doseq=True).encode(), NINE),
    (urlencode({"instrument": "phq9", "answers[]": WORSE}, doseq=True).encode(), NINE),
    (urlencode({"instrument": "phq9", "answers[9]": 3}).encode(), NINE),
    (urlencode({"instrument": "phq9", "total": 9, "suicide_item": 3}).encode(), NINE),
    (urlencode({"form": json.dumps(FORM)}).encode(), NINE),
]  # fmt: skip


@pytest.mark.parametrize(("body", "endorsed"), BODIES, ids=lambda one: str(one)[:70])
def test_an_endorsed_item_is_read(body: bytes, endorsed: tuple[str, int, int]) -> None:
    assert read(body) == endorsed


@pytest.mark.parametrize(
    "body",
    [
        as_json({"instrument": "phq9", "answers": CALM}),
        as_json({"instrument": "phq9", "total": 5, "suicide_item": 0}),
        as_json({"instrument": "bdi2", "total": 5, "suicide_item": "not_recorded"}),
        as_json({"instrument": "gad7", "answers": [3] * 7}),
        as_json({"instrument": "phq8", "answers": [3] * 8}),
        as_json({"rating": 3, "note": "I answered 9 questions"}),
        b"",
        b"[]",
        b"null",
    ],
)
def test_nothing_is_read_into_a_calm_form(body: bytes) -> None:
    assert read(body) is None


def test_of_a_form_that_is_there_its_own_instrument_counts() -> None:
    form = ReadForm(answers=((0, 0, 0, 0, 0, 2, 0, 0, 0, 0),))
    assert form.endorsed() is None
    found = form.endorsed("core10")
    assert found is not None
    assert (found.instrument, found.found.item) == ("core10", 6)


def test_the_id_is_the_forms_or_else_the_key() -> None:
    other = "6fa459ea-ee8a-4ca4-894e-db77e160355f"
    assert str(read_form(as_json({"id": FORM_ID}), f'"{other}"').form_id) == FORM_ID
    assert str(read_form(as_json({"id": "7"}), f'"{other}"').form_id) == other
    assert str(read_form(b'{"id": "%b", ' % FORM_ID.encode(), None).form_id) == FORM_ID
    assert read_form(b"{}", "no id").form_id is None


def test_what_a_small_body_unpacks_to_is_looked_at_up_to_a_limit() -> None:
    assert len(text_of(gzip.compress(b"x" * 64 * 2**20))) == LOOKED_AT_BYTES


@pytest.mark.parametrize(
    "body",
    [
        b'{"answers":[1],' * 70_000,
        b'{"answers":' * 90_000,
        b"{" + b'"answers":[1],' * 70_000 + b'"total":1}',
        b"[" + b"0," * 500_000 + b"0]",
        b"answers=1&" * 100_000,
        b"answers" * 140_000,
        b"--x\r\n" * 20_000,
        b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n' * 2_000,
        b"<a>" + b"<a" * 200_000,
        b'{"instrument":"phq9",' + b'"answers":[],' * 60_000 + b'"suicide_item":0}',
    ],
    ids=lambda one: one[:20].decode(),
)
def test_a_body_that_is_made_to_be_slow_is_read_in_a_moment(body: bytes) -> None:
    read_form(body[:LOOKED_AT_BYTES], None).endorsed()


@given(st.binary(max_size=400) | st.text(max_size=200).map(str.encode), st.text(max_size=40))
def test_whatever_comes_is_read_without_a_stumble(body: bytes, key: str) -> None:
    for before in (b"", b"\xff\xfe", b"\x00\x00\xfe\xff", b"--x\r\n", b"--", b"<a>"):
        read_form(before + body, key).endorsed()
    read_form(gzip.compress(body), key).endorsed()


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["answers", "item", "answer", "9", "form", "id"]), inner)
    ),
    max_leaves=12,
)


@given(ANYTHING, st.integers(min_value=0, max_value=200))
def test_a_form_of_any_shape_is_read_without_a_stumble(value: Any, cut_off: int) -> None:
    for name in ("instrument", "answers", "suicide_item", "total", "id", "form"):
        body = as_json({name: value, "answers": value})
        for sent in (body, body[: len(body) - cut_off], urlencode({name: value}).encode()):
            read_form(sent, None).endorsed()
