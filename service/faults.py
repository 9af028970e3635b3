"""Every fault of a body at once, each as a sentence and a place, without what was sent.

msgspec ends at the first fault. So a body that msgspec has refused is gone through again, field by
field, and msgspec is asked about each field alone: the wording and the limits are still its own.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

import msgspec
from msgspec import UNSET, UnsetType

from events.practice_choices import BAND_ID
from events.subscription import APP_SUBJECT
from events.templates.definition import PARAMETER_NAME
from events.text import COUNTRY_CODE, LANGUAGE_TAG, SAYS_SOMETHING
from projections.told_position import TOKEN

# How many faults are told, and how many fields and elements of a body are looked at for them.
MOST_FAULTS: Final = 50
MOST_PLACES: Final = 1_000
BODY_INVALID: Final = "/problems/body-invalid"
REQUIRED: Final = "This field is required."
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,40}")
# $.measure.target or $.tags[0]; where a map is meant, msgspec leaves its key out: $.wording[...].
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]")
_UNKNOWN_FIELD = "Object contains unknown field"
_MISSING_FIELD = re.compile(r"^Object missing required field `(?P<name>.*)`$")
_PATTERN = re.compile(r"^Expected `str` matching regex (?P<pattern>'.*')$")
# What the patterns ask for, by themselves no sentence that anybody reads.
PATTERNS: Final = {
    repr(SAYS_SOMETHING): "Expected text that is not blank.",
    repr(LANGUAGE_TAG): "Expected a language, such as es or de-CH.",
    repr(COUNTRY_CODE): "Expected the two capital letters of a country, such as CH.",
    repr(BAND_ID): "Expected an id of small letters, digits and underscores, such as moderate.",
    repr(APP_SUBJECT): "Expected letters, digits, dots, dashes or underscores, as in its token.",
    repr(f"^{TOKEN.pattern}$"): "Expected a position as it was answered.",
    repr(PARAMETER_NAME): "Expected a name of small letters, digits and underscores.",
}


class Fault(msgspec.Struct, frozen=True):
    """One fault of a body: where it is (a JSON pointer, RFC 6901), and what to do.

    `type` is the code of this fault, `facts` are the numbers and names in `detail`.
    """

    pointer: str
    detail: str
    type: str = BODY_INVALID
    facts: dict[str, float | str] | UnsetType = UNSET

    def __hash__(self) -> int:
        return hash((self.pointer, self.detail))


def faults_of(type_: Any, plain: Any, refused: msgspec.ValidationError) -> tuple[Fault, ...]:
    """The faults of a body that msgspec has refused, in the order of the body.

    `plain` is the body as `json` reads it. There is at least one fault, and at most MOST_FAULTS.
    """
    found: dict[Fault, None] = {}  # Two unknown fields may read alike: each fault once.
    for fault in Walk().at(type_, plain, ""):
        found[fault] = None
        if len(found) == MOST_FAULTS:
            break
    return tuple(found) or (said_by(refused, Any, ""),)


class Walk:
    """One way through a body, past no more than MOST_PLACES fields and elements."""

    def __init__(self) -> None:
        self._places_left = MOST_PLACES

    def at(self, type_: Any, plain: Any, pointer: str) -> Iterator[Fault]:
        """The faults of one place and of what lies in it."""
        if self._places_left == 0:
            return
        self._places_left -= 1
        options = options_of(type_)
        if isinstance(plain, dict):
            struct = struct_for(options, plain)
            if struct is not None:
                yield from self.in_struct(struct, plain, pointer)
                return
        whole, inner = container_for(options, plain)
        if whole is None:
            yield from alone(type_, plain, pointer)
            return
        yield from alone(whole, plain, pointer)
        keyed: Iterable[tuple[Any, Any]] = (
            plain.items() if isinstance(plain, dict) else enumerate(plain)
        )
        for key, value in keyed:
            yield from self.at(inner, value, f"{pointer}/{key}" if is_told(key) else pointer)

    def in_struct(
        self, struct: type[msgspec.Struct], plain: dict[str, Any], pointer: str
    ) -> Iterator[Fault]:
        """The faults of an object's fields as they were sent, then those that are missing."""
        fields = fields_of(struct)
        config = struct.__struct_config__
        for name, value in islice(plain.items(), MOST_PLACES):
            if name in fields:
                yield from self.at(fields[name].type, value, f"{pointer}/{name}")
            elif name != config.tag_field and config.forbid_unknown_fields:
                # A name is told back, because it is mostly a typing error; a sentence is not.
                told = f" `{name}`" if is_told(name) else ""
                yield Fault(pointer, f"There is no field{told} here.")
        for name, field in fields.items():
            if field.required and name not in plain:
                yield Fault(f"{pointer}/{name}", REQUIRED)


def alone(type_: Any, plain: Any, pointer: str) -> Iterator[Fault]:
    """What msgspec finds in one value, where it finds something."""
    try:
        msgspec.convert(plain, type_)
    except msgspec.ValidationError as refused:
        yield said_by(refused, type_, pointer)


def is_told(key: str | int) -> bool:
    """Whether a key of a map is told back: not where it may be a sentence about somebody."""
    return isinstance(key, int) or _NAME.fullmatch(key) is not None


@lru_cache(maxsize=512)
def fields_of(struct: type[msgspec.Struct]) -> dict[str, msgspec.structs.FieldInfo]:
    """The fields of a struct by their names in JSON."""
    return {field.encode_name: field for field in msgspec.structs.fields(struct)}


def options_of(type_: Any, *limits: Any) -> list[Any]:
    """The types a value may have, each with the limits that are annotated to it."""
    if get_origin(type_) is Annotated:
        inner, *more = get_args(type_)
        return options_of(inner, *more, *limits)
    if get_origin(type_) in (Union, UnionType):
        return [found for one in get_args(type_) for found in options_of(one, *limits)]
    if type_ is NoneType or not limits:
        return [type_]
    return [Annotated[(type_, *limits)]]


def bare(option: Any) -> Any:
    return get_args(option)[0] if get_origin(option) is Annotated else option


def struct_for(options: list[Any], plain: dict[str, Any]) -> type[msgspec.Struct] | None:
    """The struct that an object means to be: of several, the one whose tag it carries."""
    structs = [
        one
        for one in map(bare, options)
        if isinstance(one, type) and issubclass(one, msgspec.Struct)
    ]
    for struct in structs:
        tag_field, tag = struct.__struct_config__.tag_field, struct.__struct_config__.tag
        if tag_field is None:
            return struct
        if plain.get(tag_field, tag if len(structs) == 1 else None) == tag:
            return struct
    return None


def container_for(options: list[Any], plain: Any) -> tuple[Any, Any]:
    """The type of a map or list with anything in it, and the type of what lies in it."""
    for option in options:
        inner, limits = bare(option), get_args(option)[1:] if option is not bare(option) else ()
        whole: Any = None
        match get_origin(inner), get_args(inner), plain:
            case origin, (key, value), dict() if origin is dict:
                whole = dict[key, Any]  # type: ignore[valid-type]
            case origin, (value, *_), list() if origin in (list, tuple, set, frozenset):
                whole = list[Any]
        if whole is not None:
            return (Annotated[(whole, *limits)] if limits else whole), value
    return None, None


def said_by(refused: msgspec.ValidationError, type_: Any, pointer: str) -> Fault:
    """What msgspec found in a value of a type, as a sentence and a place."""
    said, _, place = str(refused).partition(" - at `")
    # Of a map msgspec names the key that is at fault as "key` in `$", and as "[...]" where its
    # value is at fault.
    place, _, _ = place.partition("[...]")
    pointer += "".join(f"/{name or number}" for name, number in _STEP.findall(place))
    if said.startswith(_UNKNOWN_FIELD):
        return Fault(pointer, "There is an unknown field here.")
    if (missing := _MISSING_FIELD.match(said)) is not None:
        return Fault(f"{pointer}/{missing['name']}", REQUIRED)
    if said.startswith(("Invalid enum value", "Invalid value")):
        choices = choices_of(type_)
        one_of = f": {', '.join(choices)}" if choices else ""
        return Fault(pointer, f"Expected one of the values listed for this field{one_of}.")
    shaped = _PATTERN.match(said)
    if shaped is not None and shaped["pattern"] in PATTERNS:
        return Fault(pointer, PATTERNS[shaped["pattern"]])
    return Fault(pointer, f"{said.replace('`', '')}.")


def choices_of(type_: Any) -> list[str]:
    """The values a field may have, or the tags of its objects, where they are few and known."""
    choices: set[str] = set()
    for option in map(bare, options_of(type_)):
        if get_origin(option) is Literal:
            choices |= {str(value) for value in get_args(option)}
        elif isinstance(option, type) and issubclass(option, msgspec.Struct):
            choices |= {str(option.__struct_config__.tag)}
    return sorted(choices)
