"""What is told of templates, over HTTP and on the command line: one language at a time."""

from uuid import UUID

import msgspec

from events import template_library
from events.aggregate import Stream
from events.measure import Measure
from events.store import EventStore, Read, read_state
from events.template_library import TEMPLATE_LIBRARY, TemplateLibrary
from events.templates import (
    Category,
    Choice,
    Number,
    Parameter,
    Template,
    Wording,
    drafted,
    label_in,
)
from events.templates.soundness import SOME_DAY, examples


class ParameterAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A parameter of a template, in one language.

    `kind` is number, words or choice. One that is `required` has no default: it has to be given,
    and `example` is a value that would do.
    """

    name: str
    kind: str
    meaning: str
    required: bool
    unit: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    whole: bool | None = None
    default: float | str | None = None
    example: float | str | None = None
    values: tuple[str, ...] | None = None
    fills: str | None = None


class TemplateAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A template in one language; `languages` are all that it speaks.

    `own` is the practice's own, otherwise it came with Cairn. A `retired` one is not offered.
    `wording` has the title, the statement with its open places, and the question about the why;
    `example` is the statement with every parameter as it is if left out.
    """

    id: str
    own: bool
    retired: bool
    category: Category
    language: str
    languages: tuple[str, ...]
    wording: Wording
    example: str
    measure: Measure
    parameters: tuple[ParameterAnswer, ...]
    days: int
    by_next_session: bool
    review_every_days: int
    baseline_days: int


async def read_library(store: EventStore, practice_id: UUID) -> TemplateLibrary:
    """The practice's templates."""
    library: TemplateLibrary = (await library_as_read(store, practice_id)).state
    return library


async def library_stream(store: EventStore, practice_id: UUID) -> Stream:
    """Where a practice's library is, or begins."""
    stream_id, formerly = template_library.stream_ids(await store.ids(practice_id), practice_id)
    return TEMPLATE_LIBRARY.stream(practice_id, stream_id, formerly=formerly)


async def library_as_read(store: EventStore, practice_id: UUID) -> Read:
    """The practice's library. A short stream, which is read from the log: it is never late."""
    stream = await library_stream(store, practice_id)
    return await read_state(store, TEMPLATE_LIBRARY, stream)


def template_answer(
    library: TemplateLibrary, template_id: str, template: Template, language: str
) -> TemplateAnswer:
    spoken, wording = template.wording_in(language)
    return TemplateAnswer(
        id=template_id,
        own=template_id in library.own,
        retired=template_id in library.retired,
        category=template.category,
        language=spoken,
        languages=tuple(template.wording),
        wording=wording,
        example=drafted(template, examples(template), language=language, today=SOME_DAY).statement,
        measure=template.measure,
        parameters=tuple(parameter_answer(one, language) for one in template.parameters),
        days=template.days,
        by_next_session=template.by_next_session,
        review_every_days=template.review_every_days,
        baseline_days=template.baseline_days,
    )


def parameter_answer(parameter: Parameter, language: str) -> ParameterAnswer:
    meaning = label_in(parameter.meaning, language)
    if isinstance(parameter, Number):
        return ParameterAnswer(
            name=parameter.name,
            kind="number",
            meaning=meaning,
            required=parameter.default is None and not parameter.optional,
            unit=parameter.unit,
            minimum=parameter.minimum,
            maximum=parameter.maximum,
            whole=parameter.whole,
            default=parameter.default,
            example=parameter.example,
            fills=parameter.fills,
        )
    if isinstance(parameter, Choice):
        return ParameterAnswer(
            name=parameter.name,
            kind="choice",
            meaning=meaning,
            required=False,
            default=parameter.default,
            values=parameter.values,
            fills=parameter.fills,
        )
    return ParameterAnswer(
        name=parameter.name,
        kind="words",
        meaning=meaning,
        required=False,
        default=label_in(parameter.default, language),
    )
