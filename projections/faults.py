"""What `cairn doctor` finds: each thing that is wrong, and what to do about it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import asyncpg
import msgspec

from projections.ahead import AheadOfLog
from projections.degraded import Degraded
from projections.feed import UNKNOWN_TYPE

Kind = Literal[
    "event_set_aside", "event_unreadable", "feed_waits", "view_stands_still", "checkpoint_ahead",
    "checkpoint_missing", "checkpoint_unknown", "row_missing", "row_altered", "row_unknown",
    "head_differs", "events_missing", "subscription_ahead",
]  # fmt: skip

# Of each kind, so many are named; how many more there are is said.
NAMED: Final = 1_000

# Why an event was set aside whose body does not open, or opens and is no event.
BODY_FAULTS: Final = frozenset({
    "SealBroken", "DecodeError", "ValidationError", "UnicodeDecodeError", "RecursionError",
})  # fmt: skip

# The log takes no change: the steps that bring a row back are in a section of the README.
HOW: Final = '(README, "Bringing one event back")'

# Also of an event that somebody has put into the log: it was never one that opens.
NO_BACKUP: Final = (
    "If no backup has it as a row that opens, somebody may have written it without the key: find "
    "out who writes to the database, and leave it there. A flag that it raises waits for a "
    "clinician, the goal or entry that it is in takes no more changes, and doctor goes on naming "
    "it."
)

# What was told may be gone, and what is told next bears the same positions.
TELL: Final = "Then say `cairn doctor --new-epoch`, so that everybody who follows is told."

ADVICE: Final[Mapping[str, str]] = {
    "head_differs": "The log does not end where its head says: events were lost, or somebody wrote "
    "to the log by hand. Restore the newest backup into a database beside this one, and look which "
    f"of the two has more (docs/backup.md). {TELL}",
    "events_missing": "Positions have no holes, and here are some: events were lost, or somebody "
    f"wrote to the log by hand. Bring their rows of event_log back from a backup {HOW}. {TELL}",
    "body": f"The body of this event does not open: bring its row of event_log back from a backup "
    f"{HOW}, then say `cairn doctor --retry`. {NO_BACKUP}",
    "fold": "This release can not show the event: upgrade, and the projector tries it again by "
    "itself. `cairn doctor --retry` tries it now.",
    "type": "This release does not know the type of this event: upgrade to the release that wrote "
    "it, and the projector tries it again by itself.",
    "event_unreadable": "The body of this event does not open: bring its row of event_log back "
    f"from a backup {HOW}. Do not rebuild a view before that: what a view has taken from the event "
    f"is the last that can be read of it. {NO_BACKUP}",
    "no_key": "The practice has no key, and nothing of its own can be read: bring its row of "
    f"data_key back from a backup {HOW}. If no backup has the "
    "practice, somebody may have put it there without the key: find out who writes to the "
    "database, and leave it there. All other practices go on without it, and doctor goes on naming "
    "it.",
    "feed_waits": "This release does not know the type of this event: the feed, the streams and "
    "the webhooks of the practice wait before it. Upgrade to the release that wrote it. If there "
    "is none: who writes to the database?",
    "view_stands_still": "Too much of this practice can not be shown, and the view goes no further "
    "there: upgrade, or bring the log back from a backup, then say `cairn doctor --retry`.",
    "checkpoint_ahead": "The view says that it has come to where the log has not: `cairn rebuild "
    "{view}` sets it back. Was the log restored without the views, or did somebody write the "
    "checkpoint by hand?",
    "checkpoints_ahead": "Several views say that they have come to where the log has not: `cairn "
    "rebuild`, without a name, sets them all back. Was the log restored without the views, or did "
    "somebody write the checkpoints by hand?",
    "checkpoint_missing": "The view has not begun with this practice. Start the projector (`cairn "
    "project`), and it makes the view from the log. If one runs: somebody has deleted the "
    "checkpoint, and it is made again within seconds.",
    "checkpoint_unknown": "This release has no view of this name, and nothing reads the row: "
    "delete it from views.checkpoint. If another release did not leave it: who writes to the "
    "database?",
    "row": "The row is not what the log says: `cairn rebuild {view}` makes it again. Who writes to "
    "the database? The list of flags and escalation go by the log and have not changed.",
}


class Fault(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that is wrong: where, since when, why, and what to do.

    `view` is left out of what concerns no view. `position` is that of the event, of the checkpoint,
    of the last event that the row says it has, or where the flag was raised; `head` is the end of
    the log, as its head says. `until` is the last of several positions. `why` is the name of an
    exception.
    """

    kind: Kind
    practice_id: UUID
    advice: str
    view: str | None = None
    position: int | None = None
    head: int | None = None
    until: int | None = None
    type: str | None = None
    client_id: UUID | None = None
    stream_id: UUID | None = None
    flag_id: UUID | None = None
    why: str | None = None
    release: str | None = None
    since: datetime | None = None


class Diagnosis(msgspec.Struct, frozen=True, kw_only=True):
    """All that was found; `more` is how many events are set aside or unreadable and not named.

    `clock_ahead_seconds` is there where the clocks of this machine and of the database do not
    agree: so far is that of this machine ahead, or behind where it is below 0. `degraded` is there
    where something else is not as it should be: a process, a sweep, or a practice that is stuck.
    `not_ready` is there where the log takes no append, and says why with a word, as the log line of
    that name does.

    `epoch` is the log's current one. `new_epoch_needed_since` is there where a process has seen
    that the end of the log was gone, and nobody has drawn a new epoch. `rights_missing` says which
    rights of the run-time role were lost.

    Two counts tell of a log and keys that were not restored together, and are no fault by
    themselves: `keys_without_events` are keys of clients of whom the log has nothing, as an
    enrolment leaves that was cut off, and `clients_without_key` are clients whose events nobody
    can read, as where a key was destroyed on purpose.
    """

    findings: list[Fault]
    more: int = 0
    clock_ahead_seconds: int | msgspec.UnsetType = msgspec.UNSET
    degraded: list[Degraded] | msgspec.UnsetType = msgspec.UNSET
    not_ready: str | msgspec.UnsetType = msgspec.UNSET

    epoch: UUID | msgspec.UnsetType = msgspec.UNSET
    new_epoch_needed_since: datetime | msgspec.UnsetType = msgspec.UNSET
    rights_missing: list[str] | msgspec.UnsetType = msgspec.UNSET
    keys_without_events: int | msgspec.UnsetType = msgspec.UNSET
    clients_without_key: int | msgspec.UnsetType = msgspec.UNSET

    @property
    def is_well(self) -> bool:
        beside = (
            self.clock_ahead_seconds,
            self.degraded,
            self.not_ready,
            self.new_epoch_needed_since,
            self.rights_missing,
        )
        return not self.findings and all(one is msgspec.UNSET for one in beside)


def event_set_aside(row: asyncpg.Record) -> Fault:
    """An event that a view passes over, as it is on record."""
    why = row["why"]
    advice = "body" if why in BODY_FAULTS else "type" if why == UNKNOWN_TYPE else "fold"
    return Fault(kind="event_set_aside", advice=ADVICE[advice], **row)


def ahead_of_log(found: list[AheadOfLog]) -> list[Fault]:
    """Checkpoints ahead of their log. Of several views one rebuild is the cure."""
    several = len({one.view for one in found}) > 1
    advice = ADVICE["checkpoints_ahead" if several else "checkpoint_ahead"]
    return [
        Fault(
            kind="checkpoint_ahead",
            advice=advice.format(view=one.view),
            **msgspec.structs.asdict(one),
        )
        for one in found
    ]
