"""Strict JSON: what is sent is taken exactly, or refused with the place that is at fault."""

import json
import re
from functools import lru_cache
from typing import Any

import msgspec

from service.faults import Fault, faults_of

BODY_LIMIT_BYTES = 64 * 1024
MOST_LEVELS = 100
# A whole string, so that a bracket in what somebody wrote is none, or a bracket.
_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)


class BodyMalformed(Exception):
    """The body is not one JSON object in UTF-8, or repeats a key, holds NaN or nests deeply."""


class BodyMissing(Exception):
    """This request came without a body, and takes one: send a JSON object, {} at the least."""


class BodyTooLarge(Exception):
    """The body is larger than 64 KiB: send less at a time."""


class BodyNotComplete(Exception):
    """The rest of the body did not come in time: send the whole request again."""


class MediaTypeUnknown(Exception):
    """The body is not said to be JSON: send it with Content-Type: application/json."""


class BodyInvalid(Exception):
    """A field of the body is unknown, missing, of the wrong type or outside its limits."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__()
        self.faults = faults


def decode(body: bytes, type_: Any) -> Any:
    """The body as a type says it is. Raises BodyMalformed, BodyInvalid."""
    try:
        text = body.decode()
        if nests_deeply(text):
            raise BodyMalformed
        plain = _unrepeated(text)
        if "\\u" in text and not is_text(plain):
            raise BodyMalformed
        return decoder_of(type_).decode(text)
    except msgspec.ValidationError as refused:
        raise BodyInvalid(*faults_of(type_, plain, refused)) from None
    except (ValueError, RecursionError):
        # UnicodeDecodeError, JSONDecodeError and msgspec's DecodeError are ValueErrors.
        raise BodyMalformed from None


def nests_deeply(text: str) -> bool:
    """Whether a JSON text has more levels than any body has.

    Counted here, because how deep a parser goes depends on the Python and on the machine.

    >>> nests_deeply("[" * 101), nests_deeply('["' + "[" * 101 + '"]')
    (True, False)
    """
    if text.count("[") + text.count("{") <= MOST_LEVELS:
        return False
    level = 0
    for found in _BRACKET.finditer(text):
        level += {"[": 1, "{": 1, "]": -1, "}": -1}.get(found[0], 0)
        if level > MOST_LEVELS:
            return True
    return False


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    unrepeated = dict(pairs)
    if len(unrepeated) != len(pairs):
        raise BodyMalformed
    return unrepeated


def _refuse_constant(_: str) -> None:
    raise BodyMalformed


# msgspec takes the last of two equal keys; whoever checked the first would be deceived.
_unrepeated = json.JSONDecoder(object_pairs_hook=_pairs, parse_constant=_refuse_constant).decode


def is_text(plain: Any) -> bool:
    """Whether every string can be stored and shown: no NUL, no half of a surrogate pair."""
    if isinstance(plain, str):
        return "\x00" not in plain and not any("\ud800" <= sign <= "\udfff" for sign in plain)
    if isinstance(plain, dict):
        return all(is_text(key) and is_text(value) for key, value in plain.items())
    if isinstance(plain, list):
        return all(is_text(one) for one in plain)
    return True


@lru_cache(maxsize=256)
def decoder_of(type_: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(type_)
