"""A suggestion: a draft for the clinician, a reframing or a replan, and what became of it."""

from datetime import date, datetime
from typing import Annotated, ClassVar, Final, Literal, assert_never
from uuid import UUID

import msgspec
from msgspec import Meta

from events.aggregate import Aggregate
from events.measure import Measure, Progress
from events.refusals import StateRefused, ValueRefused
from events.text import Language, OptionalReason

Kind = Literal["reframing", "replan"]
Status = Literal["unset", "offered", "edited", "accepted", "dismissed", "released", "withdrawn"]
# A suggestion that waits to be decided.
OPEN: Final[tuple[Status, ...]] = ("offered", "edited")
Sentence = Annotated[str, Meta(min_length=1, max_length=600)]
Sentences = Annotated[tuple[Sentence, ...], Meta(min_length=1, max_length=8)]


class NewDeadline(
    msgspec.Struct, frozen=True, kw_only=True, tag="new_deadline", forbid_unknown_fields=True
):
    """Keep the target, take more time."""

    due_on: date


class NewTarget(
    msgspec.Struct, frozen=True, kw_only=True, tag="new_target", forbid_unknown_fields=True
):
    """Take a nearer target; with `due_on` also more time for it."""

    measure: Measure
    due_on: date | None = None


Proposal = NewDeadline | NewTarget
WayOn = Literal["more_time", "smaller_target", "smaller_step", "milestone", "other"]


class Option(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One way on: what would be revised, in words, and the arithmetic behind it.

    `way` says which way on that is; what a clinician writes is another, unless they say which.
    """

    # What the first release did not have, for events.record.digest.
    LATER: ClassVar = ("way",)

    proposal: Proposal
    words: Sentence
    arithmetic: Annotated[str, Meta(max_length=600)] = ""
    way: WayOn = "other"


Options = Annotated[tuple[Option, ...], Meta(max_length=5)]


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What a suggestion was computed from.

    `position` is the last position of the log that was looked at, `positions` those of the
    entries that count, `numbers` what was put into `formula`, by name.
    """

    position: int
    positions: tuple[int, ...]
    progress: Progress
    numbers: dict[str, float]
    formula: str


# Facts. These names and fields are the storage format: add a field with a default, never rename
# or remove one.


class SuggestionFact(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """Something that happened to one suggestion."""

    suggestion_id: UUID
    goal_id: UUID


class SuggestionOffered(SuggestionFact, frozen=True, kw_only=True, tag="suggestion.offered.v1"):
    """`due_on` is the deadline whose passing gave the occasion, `language` that of the words."""

    client_id: UUID
    kind: Kind
    due_on: date
    language: Language
    sentences: tuple[str, ...]
    options: tuple[Option, ...]
    evidence: Evidence


class SuggestionEdited(SuggestionFact, frozen=True, kw_only=True, tag="suggestion.edited.v1"):
    from_sentences: tuple[str, ...]
    sentences: tuple[str, ...]
    from_options: tuple[Option, ...]
    options: tuple[Option, ...]


class SuggestionAccepted(SuggestionFact, frozen=True, kw_only=True, tag="suggestion.accepted.v1"):
    """`option` is the place of the option that was taken, from 0; None for a reframing."""

    option: int | None = None


class SuggestionDismissed(SuggestionFact, frozen=True, kw_only=True, tag="suggestion.dismissed.v1"):
    reason: str = ""


class SuggestionReleased(SuggestionFact, frozen=True, kw_only=True, tag="suggestion.released.v1"):
    """The client may read these sentences from now on; the last is the option that was taken."""

    sentences: tuple[str, ...]


class SuggestionWithdrawn(SuggestionFact, frozen=True, kw_only=True, tag="suggestion.withdrawn.v1"):
    """The goal, or the entries behind it, changed before anybody decided: it no longer fits."""


SuggestionEvent = (
    SuggestionOffered
    | SuggestionEdited
    | SuggestionAccepted
    | SuggestionDismissed
    | SuggestionReleased
    | SuggestionWithdrawn
)


class Suggestion(msgspec.Struct, frozen=True, kw_only=True):
    """What a decision needs to know of one suggestion. `taken` is the option that was accepted."""

    status: Status = "unset"
    client_id: UUID | None = None
    goal_id: UUID | None = None
    kind: Kind = "reframing"
    due_on: date = date.min
    sentences: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    taken: Option | None = None


change = msgspec.structs.replace


def evolve(suggestion: Suggestion, event: SuggestionEvent) -> Suggestion:
    match event:
        case SuggestionOffered():
            return Suggestion(
                status="offered",
                client_id=event.client_id,
                goal_id=event.goal_id,
                kind=event.kind,
                due_on=event.due_on,
                sentences=event.sentences,
                options=event.options,
            )
        case SuggestionEdited():
            return change(
                suggestion, status="edited", sentences=event.sentences, options=event.options
            )
        case SuggestionAccepted():
            taken = None if event.option is None else suggestion.options[event.option]
            return change(suggestion, status="accepted", taken=taken)
        case SuggestionDismissed():
            return change(suggestion, status="dismissed")
        case SuggestionReleased():
            return change(suggestion, status="released")
        case SuggestionWithdrawn():
            return change(suggestion, status="withdrawn")
        case _:
            assert_never(event)


class AboutSuggestion(msgspec.Struct, frozen=True, kw_only=True):
    suggestion_id: UUID
    now: datetime


class OfferSuggestion(AboutSuggestion, frozen=True, kw_only=True):
    client_id: UUID
    goal_id: UUID
    kind: Kind
    due_on: date
    language: Language
    sentences: Sentences
    options: Options
    evidence: Evidence


class EditSuggestion(AboutSuggestion, frozen=True, kw_only=True):
    """What is left out (None) stays as it is."""

    sentences: Sentences | None = None
    options: Options | None = None


class AcceptSuggestion(AboutSuggestion, frozen=True, kw_only=True):
    option: Annotated[int, Meta(ge=0, le=4)] | None = None


class DismissSuggestion(AboutSuggestion, frozen=True, kw_only=True):
    reason: OptionalReason = ""


class ReleaseSuggestion(AboutSuggestion, frozen=True, kw_only=True):
    """Let the client read the sentences of this suggestion."""


class WithdrawSuggestion(AboutSuggestion, frozen=True, kw_only=True):
    """A worker saw that the goal has moved on, or that its entries are others now."""


SuggestionCommand = (
    OfferSuggestion
    | EditSuggestion
    | AcceptSuggestion
    | DismissSuggestion
    | ReleaseSuggestion
    | WithdrawSuggestion
)


class SuggestionDecided(StateRefused):
    """This suggestion has been decided, or there is none of this id: look at the queue again."""


class SuggestionNotYetAccepted(StateRefused):
    """This replan was not accepted yet: accept it first, so that the client reads what was decided."""  # noqa: E501 - one sentence, read by people


class OptionKeepsOldWords(ValueRefused):
    """A way on proposes something else in its old words or arithmetic: word both anew, or leave the arithmetic out."""  # noqa: E501 - one sentence, read by people

    field = "options"


class NoSuchOption(ValueRefused):
    """This suggestion has no such option: name one of a replan's, from 0; a reframing has none."""

    field = "option"


def decide(suggestion: Suggestion, command: SuggestionCommand) -> list[SuggestionEvent]:
    match command:
        case OfferSuggestion():
            return offer_suggestion(suggestion, command)
        case EditSuggestion():
            return edit_suggestion(suggestion, command)
        case AcceptSuggestion():
            return accept_suggestion(suggestion, command)
        case DismissSuggestion():
            return dismiss_suggestion(suggestion, command)
        case ReleaseSuggestion():
            return release_suggestion(suggestion, command)
        case WithdrawSuggestion():
            return withdraw_suggestion(suggestion, command)
        case _:
            assert_never(command)


def goal_of(suggestion: Suggestion) -> UUID:
    if suggestion.goal_id is None:
        raise SuggestionDecided
    return suggestion.goal_id


def is_open(suggestion: Suggestion) -> bool:
    return suggestion.status in OPEN


def offer_suggestion(suggestion: Suggestion, command: OfferSuggestion) -> list[SuggestionEvent]:
    if suggestion.status != "unset":
        return []
    return [
        SuggestionOffered(
            suggestion_id=command.suggestion_id,
            goal_id=command.goal_id,
            client_id=command.client_id,
            kind=command.kind,
            due_on=command.due_on,
            language=command.language,
            sentences=command.sentences,
            options=command.options,
            evidence=command.evidence,
        )
    ]


def edit_suggestion(suggestion: Suggestion, command: EditSuggestion) -> list[SuggestionEvent]:
    if not is_open(suggestion):
        raise SuggestionDecided
    if command.options and suggestion.kind == "reframing":
        raise NoSuchOption
    edited = SuggestionEdited(
        suggestion_id=command.suggestion_id,
        goal_id=goal_of(suggestion),
        from_sentences=suggestion.sentences,
        sentences=command.sentences or suggestion.sentences,
        from_options=suggestion.options,
        options=suggestion.options if command.options is None else command.options,
    )
    if command.options is not None:
        require_own_words(suggestion.options, command.options)
    same = (suggestion.sentences, suggestion.options) == (edited.sentences, edited.options)
    return [] if same else [edited]


def require_own_words(before: tuple[Option, ...], options: tuple[Option, ...]) -> None:
    """Raises OptionKeepsOldWords where something else is proposed, and what is said is the old.

    The words are what the client reads, and the reason that the revision keeps.
    """
    for option in options:
        words = [old.proposal for old in before if old.words == option.words]
        sums = [old.proposal for old in before if old.arithmetic == option.arithmetic != ""]
        if any(kept and option.proposal not in kept for kept in (words, sums)):
            raise OptionKeepsOldWords


def accept_suggestion(suggestion: Suggestion, command: AcceptSuggestion) -> list[SuggestionEvent]:
    if not is_open(suggestion):
        raise SuggestionDecided
    taken = chosen_option(suggestion, command.option)
    return [
        SuggestionAccepted(
            suggestion_id=command.suggestion_id,
            goal_id=goal_of(suggestion),
            option=None if taken is None else command.option,
        )
    ]


def chosen_option(suggestion: Suggestion, option: int | None) -> Option | None:
    """The option a number names; None for a reframing. Raises NoSuchOption."""
    if not suggestion.options:
        if option is not None:
            raise NoSuchOption
        return None
    if option is None or option >= len(suggestion.options):
        raise NoSuchOption
    return suggestion.options[option]


def dismiss_suggestion(suggestion: Suggestion, command: DismissSuggestion) -> list[SuggestionEvent]:
    if suggestion.status == "dismissed":
        return []
    if not is_open(suggestion):
        raise SuggestionDecided
    return [
        SuggestionDismissed(
            suggestion_id=command.suggestion_id,
            goal_id=goal_of(suggestion),
            reason=command.reason,
        )
    ]


def release_suggestion(suggestion: Suggestion, command: ReleaseSuggestion) -> list[SuggestionEvent]:
    if suggestion.status == "released":
        return []
    if suggestion.kind == "replan" and is_open(suggestion):
        raise SuggestionNotYetAccepted
    if not (is_open(suggestion) or suggestion.status == "accepted"):
        raise SuggestionDecided
    return [
        SuggestionReleased(
            suggestion_id=command.suggestion_id,
            goal_id=goal_of(suggestion),
            sentences=released_sentences(suggestion),
        )
    ]


def released_sentences(suggestion: Suggestion) -> tuple[str, ...]:
    """What the client reads: the sentences, and of a replan the way on that was taken."""
    if suggestion.taken is None:
        return suggestion.sentences
    return (*suggestion.sentences, suggestion.taken.words)


def withdraw_suggestion(
    suggestion: Suggestion, command: WithdrawSuggestion
) -> list[SuggestionEvent]:
    # The worker saw a view that may lag: what somebody has decided stays decided.
    if not is_open(suggestion):
        return []
    return [SuggestionWithdrawn(suggestion_id=command.suggestion_id, goal_id=goal_of(suggestion))]


SUGGESTION: Aggregate[Suggestion, SuggestionCommand, SuggestionEvent] = Aggregate(
    category="suggestion", initial=Suggestion(), evolve=evolve, decide=decide
)
