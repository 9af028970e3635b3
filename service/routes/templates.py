"""/v1/templates: goals to begin from, those that come with Cairn and the practice's own."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter, QueryParameter

from events.practice_reading import read_practice
from events.record import Cause
from events.refusals import NotFound, require_first
from events.store import Outcome, Read, VersionConflict
from events.template_library import (
    TEMPLATE_LIBRARY,
    AddTemplate,
    RestoreTemplate,
    RetireTemplate,
    TemplateCommand,
    TemplateEvent,
    TemplateLibrary,
    listed,
)
from events.templates import Category, Template, require_sound_template
from events.text import Language, OptionalReason
from events.transact import Prepare, handle, require_new_ids
from service.asked import Asked, StrictRequest
from service.commands import mismatch, receipt
from service.goal_answers import etag
from service.operations import CLINICIAN, READERS, Receipt, command, read
from service.pages import EventVersion
from service.template_answers import (
    TemplateAnswer,
    library_as_read,
    library_stream,
    read_library,
    template_answer,
)

TAG = "templates"
EXAMPLE: dict[str, Any] = {
    "category": "pleasure",
    "wording": {
        "en": {
            "title": "Swim",
            "statement": "Swim {times:once|# times} a week for {weeks:one week|# weeks}",
            "why": "What does the water do for you?",
        },
        "es": {
            "title": "Nadar",
            "statement": (
                "Nadar {times:una vez|# veces} por semana durante {weeks:una semana|# semanas}"
            ),
            "why": "¿Qué le da el agua?",
        },
    },
    "measure": {"type": "frequency", "amount": 2, "unit": "times", "per": "week", "reserve": 1},
    "parameters": [
        {
            "type": "number",
            "name": "times",
            "meaning": {"en": "How often a week", "es": "Cuántas veces por semana"},
            "unit": "times",
            "minimum": 1,
            "maximum": 7,
            "default": 2,
            "fills": "amount",
        },
        {
            "type": "number",
            "name": "weeks",
            "meaning": {"en": "For how many weeks", "es": "Durante cuántas semanas"},
            "unit": "weeks",
            "minimum": 2,
            "maximum": 26,
            "default": 6,
            "fills": "weeks",
        },
    ],
    "days": 42,
}
TemplateIdInPath = Annotated[
    str, PathParameter(description="A template's id: a name, or a UUID of the practice's own.")
]
LANGUAGE = r"^[a-z]{2,3}(-[A-Z]{2})?$(?!\n)"
InLanguage = Annotated[
    Language | None,
    QueryParameter(
        description="The language of the words, such as es; else the practice's.",
        pattern=LANGUAGE,
    ),
]


class NewTemplate(Template, frozen=True, kw_only=True, forbid_unknown_fields=True):
    __doc__ = Template.__doc__

    id: UUID | None = None


class Retirement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    reason: OptionalReason = ""


class TemplateList(msgspec.Struct, frozen=True, kw_only=True):
    """Cairn's own first, in alphabetical order, then the practice's in the order of adding."""

    items: list[TemplateAnswer]


@get(
    "/v1/templates",
    **read(roles=READERS, tag=TAG, answers=TemplateList, conditional=True),
)
async def list_templates(
    asked: NamedDependency[Asked],
    category: Annotated[
        Category | None, QueryParameter(description="Templates of this category.")
    ] = None,
    language: InLanguage = None,
    retired: Annotated[
        bool, QueryParameter(description="True for those that are not offered any more.")
    ] = False,
    event_version: EventVersion = None,
) -> Response[TemplateList]:
    """The templates that the practice offers; there are 200 of its own at most.

    The ETag is the library's, which retiring and restoring take in If-Match. With `event_version`
    it is the template that the event is about, offered or not.
    """
    head = await asked.cairn.store.head(asked.practice_id)
    kept = await library_as_read(asked.cairn.store, asked.practice_id)
    library: TemplateLibrary = kept.state
    spoken = await language_of(asked, language)
    about = None if event_version is None else templates_about(kept, event_version)
    items = [
        template_answer(library, template_id, template, spoken)
        for template_id, template in listed(library)
        if category in (None, template.category)
        and ((template_id in library.retired) is retired if about is None else template_id in about)
    ]
    return Response(
        TemplateList(items=items),
        headers=asked.headers_at(head, ETag=etag(kept.version)),
    )


def templates_about(kept: Read, version: int) -> frozenset[str]:
    """The id of the template that an event of the library is about; none where it does not open."""
    events = (one.event for one in kept.past if one.version == version)
    return frozenset(one.template_id for one in events if isinstance(one, TemplateEvent))


@get(
    "/v1/templates/{template_id:str}",
    **read(roles=READERS, tag=TAG, answers=TemplateAnswer),
)
async def show_template(
    template_id: TemplateIdInPath, asked: NamedDependency[Asked], language: InLanguage = None
) -> Response[TemplateAnswer]:
    """One template, with its parameters; a retired one, too."""
    head = await asked.cairn.store.head(asked.practice_id)
    library = await read_library(asked.cairn.store, asked.practice_id)
    template = library.named(template_id)
    if template is None:
        raise NotFound
    spoken = await language_of(asked, language)
    return Response(
        template_answer(library, template_id, template, spoken),
        headers=asked.headers_at(head),
    )


@post("/v1/templates", **command(roles=CLINICIAN, tag=TAG, creates=True, example=EXAMPLE))
async def add_template(
    data: JSONBody[NewTemplate], asked: NamedDependency[Asked]
) -> Response[Receipt]:
    """Add a template of the practice's own. It must make a goal that could be set."""
    template_id = asked.new_id(data.id)
    template = Template(**{name: getattr(data, name) for name in Template.__struct_fields__})
    cause = asked.cause("add_template", template_id, template)
    # The id of a new thing is what a repeat is known by.
    known_by_id = msgspec.structs.replace(cause, command_id=template_id, chosen=False)

    async def adding(_: Read) -> AddTemplate:
        require_first(
            lambda: require_new_ids(cause, template_id), lambda: require_sound_template(template)
        )
        return AddTemplate(template_id=template_id, template=template)

    outcome = await change_library(asked, adding, cause=known_by_id)
    return receipt(asked, outcome, template_id, status=201, location=f"/v1/templates/{template_id}")


@post(
    "/v1/templates/{template_id:str}/retire",
    **command(
        roles=CLINICIAN, tag=TAG, conditional=True, example={"reason": "We have one of our own."}
    ),
)
async def retire_template(
    template_id: TemplateIdInPath, data: JSONBody[Retirement], asked: NamedDependency[Asked]
) -> Response[Receipt]:
    """Offer a template no longer, one that came with Cairn included; goals made of it stay.

    What is answered is about the library: its id and version.
    """
    outcome = await change_library(
        asked,
        RetireTemplate(template_id=template_id, reason=data.reason),
        cause=asked.cause("retire_template", template_id, data),
    )
    return await library_receipt(asked, outcome)


@post(
    "/v1/templates/{template_id:str}/restore", **command(roles=CLINICIAN, tag=TAG, conditional=True)
)
async def restore_template(
    template_id: TemplateIdInPath,
    asked: NamedDependency[Asked],
    request: StrictRequest,
) -> Response[Receipt]:
    """Offer a retired template once more. What is answered is about the library."""
    await request.require_nothing_said()
    outcome = await change_library(
        asked,
        RestoreTemplate(template_id=template_id),
        cause=asked.cause("restore_template", template_id),
    )
    return await library_receipt(asked, outcome)


async def change_library(
    asked: Asked, command: TemplateCommand | Prepare[TemplateCommand], *, cause: Cause
) -> Outcome:
    """Change the practice's library, which begins with the first change."""
    try:
        return await handle(
            asked.cairn.store,
            TEMPLATE_LIBRARY,
            await library_stream(asked.cairn.store, asked.practice_id),
            command,
            cause=cause,
            occurred_at=asked.now,
            expected=asked.expected,
        )
    except VersionConflict:
        raise mismatch(asked) from None


async def library_receipt(asked: Asked, outcome: Outcome) -> Response[Receipt]:
    """The receipt of a change of the library; version 0 where it has never been changed."""
    if outcome.position is None:
        head = await asked.cairn.store.head(asked.practice_id)
        outcome = msgspec.structs.replace(outcome, position=head)
    kept = await library_as_read(asked.cairn.store, asked.practice_id)
    return receipt(asked, outcome, kept.stream.stream_id, etag=True)


async def language_of(asked: Asked, language: str | None) -> str:
    if language is not None:
        return language
    return (await read_practice(asked.cairn.store, asked.practice_id)).language


handlers = (list_templates, show_template, add_template, retire_template, restore_template)
