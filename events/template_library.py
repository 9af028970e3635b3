"""The templates of a practice: those that come with Cairn, and its own, as it offers them now."""

from collections.abc import Sequence
from typing import Any, assert_never
from uuid import UUID, uuid5

import msgspec

from events.aggregate import Aggregate
from events.ids import DerivedIds
from events.refusals import NotFound, StateRefused, ValueRefused, require_all
from events.templates import Template, built_in, require_sound_template
from events.text import OptionalReason

OFFERED_LIMIT = 200
# Retired ones are kept, because goals were made of them.
KEPT_LIMIT = 1000


def stream_ids(ids: DerivedIds, practice_id: UUID) -> tuple[UUID, UUID]:
    """The one stream that a practice's library is, and what its id was before UUIDv8."""
    return ids.of("template_library"), uuid5(practice_id, "template_library")


# Facts. These names and fields are the storage format: add a field with a default, never rename
# or remove one.


class TemplateFact(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """Something that happened to one template of a practice."""

    template_id: str


class TemplateAdded(TemplateFact, frozen=True, kw_only=True, tag="template.added.v1"):
    """The practice has a template of its own."""

    template: Template


class TemplateRetired(TemplateFact, frozen=True, kw_only=True, tag="template.retired.v1"):
    """The template is no longer offered; goals that were made of it stay as they are."""

    reason: str = ""


class TemplateRestored(TemplateFact, frozen=True, kw_only=True, tag="template.restored.v1"):
    """A retired template is offered once more."""


TemplateEvent = TemplateAdded | TemplateRetired | TemplateRestored


class TemplateLibrary(msgspec.Struct, frozen=True, kw_only=True):
    """What a decision needs to know: the practice's own templates, and which are retired."""

    own: dict[str, Template] = {}
    retired: frozenset[str] = frozenset()

    @property
    def offered(self) -> int:
        """How many templates of its own the practice offers."""
        return len(self.own.keys() - self.retired)

    def named(self, template_id: str) -> Template | None:
        """A template, retired or not; None where there is none of this id."""
        return self.own.get(template_id) or built_in().get(template_id)


change = msgspec.structs.replace


def evolve(library: TemplateLibrary, event: TemplateEvent) -> TemplateLibrary:
    match event:
        case TemplateAdded():
            return change(library, own={**library.own, event.template_id: event.template})
        case TemplateRetired():
            return change(library, retired=library.retired | {event.template_id})
        case TemplateRestored():
            return change(library, retired=library.retired - {event.template_id})
        case _:
            assert_never(event)


class AddTemplate(msgspec.Struct, frozen=True, kw_only=True):
    template_id: UUID
    template: Template


class RetireTemplate(msgspec.Struct, frozen=True, kw_only=True):
    template_id: str
    reason: OptionalReason = ""


class RestoreTemplate(msgspec.Struct, frozen=True, kw_only=True):
    template_id: str


TemplateCommand = AddTemplate | RetireTemplate | RestoreTemplate


class TemplateNotFound(NotFound):
    """There is no template of this id in this practice: ask for the list of templates."""


class TemplateUnknown(ValueRefused):
    """There is no template of this id: ask for the list of templates."""

    field = "template"


class TemplateNotOffered(ValueRefused):
    """This template was retired: choose another one, or restore it first."""

    field = "template"


class TemplateIdTaken(ValueRefused):
    """This id belongs to another template: choose a new one."""

    field = "id"


class LibraryFull(StateRefused):
    """The practice offers 200 templates of its own, or keeps 1,000: retire one that is not used."""


def decide(library: TemplateLibrary, command: TemplateCommand) -> list[TemplateEvent]:
    match command:
        case AddTemplate():
            return add_template(library, command)
        case RetireTemplate():
            return retire_template(library, command)
        case RestoreTemplate():
            return restore_template(library, command)
        case _:
            assert_never(command)


def add_template(library: TemplateLibrary, command: AddTemplate) -> list[TemplateEvent]:
    template_id = str(command.template_id)
    if library.own.get(template_id) == command.template:
        return []
    require_all(
        lambda: require_free(library, template_id),
        lambda: require_sound_template(command.template),
    )
    require_room(library)
    if len(library.own) >= KEPT_LIMIT:
        raise LibraryFull
    return [TemplateAdded(template_id=template_id, template=command.template)]


def retire_template(library: TemplateLibrary, command: RetireTemplate) -> list[TemplateEvent]:
    if library.named(command.template_id) is None:
        raise TemplateNotFound
    if command.template_id in library.retired:
        return []
    return [TemplateRetired(template_id=command.template_id, reason=command.reason)]


def restore_template(library: TemplateLibrary, command: RestoreTemplate) -> list[TemplateEvent]:
    if library.named(command.template_id) is None:
        raise TemplateNotFound
    if command.template_id not in library.retired:
        return []
    if command.template_id in library.own:
        require_room(library)
    return [TemplateRestored(template_id=command.template_id)]


def require_free(library: TemplateLibrary, template_id: str) -> None:
    """Raises TemplateIdTaken."""
    if template_id in library.own:
        raise TemplateIdTaken


def require_room(library: TemplateLibrary) -> None:
    if library.offered >= OFFERED_LIMIT:
        raise LibraryFull


def require_offered(library: TemplateLibrary, template_id: str) -> Template:
    """A template that goals may be made of. Raises TemplateUnknown, TemplateNotOffered."""
    template = library.named(template_id)
    if template is None:
        raise TemplateUnknown
    if template_id in library.retired:
        raise TemplateNotOffered
    return template


def listed(library: TemplateLibrary) -> Sequence[tuple[str, Template]]:
    """Every template there is, retired ones as well: Cairn's first, then the practice's own."""
    return [*built_in().items(), *library.own.items()]


def pass_over(library: TemplateLibrary, _: Any) -> TemplateLibrary:
    """An event that does not open concerns one template, and nobody knows which.

    All others stay as they are, those that come with Cairn above all. A template whose addition is
    lost is not there, and one whose retirement is lost is offered again, until the event is brought
    back.
    """
    return library


TEMPLATE_LIBRARY: Aggregate[TemplateLibrary, TemplateCommand, TemplateEvent] = Aggregate(
    category="template",
    initial=TemplateLibrary(),
    evolve=evolve,
    decide=decide,
    pass_over=pass_over,
)
