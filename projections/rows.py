"""What a view is: a name, rows that are sealed documents, and a pure fold of events into rows."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Final, Literal
from uuid import UUID

import msgspec

from events.postgres import Connection
from events.practice import Practice
from events.record import Recorded
from events.sealing import Key, SealBroken, seal, unseal

ColumnType = Literal["uuid", "text", "date", "timestamptz", "boolean", "bigint", "bytea"]


class WholeClient(msgspec.Struct, frozen=True):
    """An event that may change any row of its client."""


WHOLE_CLIENT: Final = WholeClient()

# The rows of one client that an event may read and change, by their keys. Only those that the
# projection's `touches` names are sure to be there.
Page = Mapping[UUID, Any]
# What an event makes of a page: new rows by key; None takes a row away.
Changes = Mapping[UUID, Any]
Touched = tuple[UUID, ...] | WholeClient


class Column(msgspec.Struct, frozen=True):
    """A column in clear, by which queries filter and sort. Never a name, a note or a number."""

    name: str
    type: ColumnType


class Projection(msgspec.Struct, frozen=True, kw_only=True):
    """One view: the table views.<name>, its sealed rows, and how events change them.

    Its columns are practice_id, `key`, client_id, those of `columns` (their values: `clear`),
    position (the last event that changed the row) and body (the row, sealed with its client's
    key). An event of `types` may change the rows that `touches` names; `evolve`, which is pure,
    says how. An event of `founding` makes the row whose key is its stream: there is none before.
    A row may name other rows of its client that must be there wherever it is: `follows` tells
    which. `settle` computes, once a batch, what follows from the rest of a row; `settle_by` does
    so from the practice's settings, too, and then an event of `settings`, which has no client,
    settles every row of its practice anew.

    A new field of a row needs a default, because rows stay as they are until the next rebuild.
    """

    name: str
    key: str
    row: Any
    columns: tuple[Column, ...]
    clear: Callable[[Any], tuple[Any, ...]]
    types: frozenset[str]
    founding: frozenset[str]
    touches: Callable[[Recorded], Touched]
    evolve: Callable[[Page, Recorded], Changes]
    settle: Callable[[Any], Any] = lambda row: row
    follows: Callable[[Any], tuple[UUID, ...]] = lambda _: ()
    settle_by: Callable[[Any, Practice], Any] | None = None
    settings: frozenset[str] = frozenset()

    def settled(self, row: Any, practice: Practice) -> Any:
        """A row with all that follows from the rest of it, in a practice of these settings."""
        settled = self.settle(row)
        return settled if self.settle_by is None else self.settle_by(settled, practice)


def types_of(*events: type[msgspec.Struct]) -> frozenset[str]:
    """The tags of event classes."""
    return frozenset(str(event.__struct_config__.tag) for event in events)


_encode = msgspec.json.Encoder().encode
# JSON, like the log: MessagePack would forget a time's offset from UTC.


class RowSeal:
    """Seals and opens the rows of one view of one practice: moved elsewhere they do not open."""

    def __init__(self, projection: Projection, practice_id: UUID) -> None:
        self._place = practice_id.bytes + projection.name.encode()
        self._decode = msgspec.json.Decoder(projection.row).decode

    def seal(self, key: Key, row_key: UUID, row: Any) -> bytes:
        return seal(key, _encode(row), context=(self._place, row_key.bytes))

    def open(self, key: Key, row_key: UUID, body: bytes) -> Any:
        """Raises SealBroken, also for a row of another shape."""
        plain = unseal(key, body, context=(self._place, row_key.bytes))
        try:
            return self._decode(plain)
        except (ValueError, RecursionError):
            # No JSON, not of this shape, not UTF-8, or too deep: that is said in four ways.
            raise SealBroken from None


class ChangedRow(msgspec.Struct, frozen=True):
    """A row as a batch leaves it; `row` is None where it is to go. `fresh`: it was not there."""

    key: UUID
    client_id: UUID
    position: int
    row: Any
    fresh: bool


class RowOfAnotherClient(Exception):
    """A row's key is that of another client's row: it is not written."""


class RowTable:
    """The table of a view, or the one that is built beside it: what is read and written there.

    The statements are generated here and nowhere else; a test compares them with the tables.
    """

    def __init__(self, projection: Projection, table: str | None = None) -> None:
        self.projection = projection
        self.table = table or projection.name

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """Every column after practice_id, in the order in which rows are written."""
        own = self.projection
        client = () if own.key == "client_id" else (Column("client_id", "uuid"),)
        ends = (Column("position", "bigint"), Column("body", "bytea"))
        return (Column(own.key, "uuid"), *client, *own.columns, *ends)

    @cached_property
    def load_keys(self) -> str:
        key = self.projection.key
        return (
            f"SELECT {key} AS key, client_id, body FROM views.{self.table}\n"  # noqa: S608 - own names
            f"WHERE practice_id = $1 AND {key} = ANY ($2)"
        )

    @cached_property
    def find_keys(self) -> str:
        """Those of these keys that there are."""
        key = self.projection.key
        return (
            f"SELECT {key} AS key FROM views.{self.table}\n"  # noqa: S608 - own names
            f"WHERE practice_id = $1 AND {key} = ANY ($2)"
        )

    @cached_property
    def load_clients(self) -> str:
        return (
            f"SELECT {self.projection.key} AS key, client_id, body FROM views.{self.table}\n"  # noqa: S608 - own names
            "WHERE practice_id = $1 AND client_id = ANY ($2)"
        )

    @cached_property
    def load_page(self) -> str:
        """A practice's rows in the order of their keys, after a key."""
        key = self.projection.key
        return (
            f"SELECT {key} AS key, client_id, position, body FROM views.{self.table}\n"  # noqa: S608 - own names
            f"WHERE practice_id = $1 AND {key} >= coalesce($2::uuid, '{UUID(int=0)}')\n"
            f"AND {key} IS DISTINCT FROM $2 ORDER BY {key} LIMIT $3"
        )

    @cached_property
    def check_page(self) -> str:
        """Like `load_page`, with all that lies in clear, and what the log says of the same moment.

        `reached` is the view's checkpoint, None where that is gone or ahead of the log. $4 is the
        category of the streams whose ids the keys are: `version` is how far such a stream has come
        there. `at_stream` and `at_version` are those of the event at the row's position.
        """
        own, key = self.projection, self.projection.key
        clear = "".join(f", r.{column.name}" for column in own.columns)
        return (
            f"SELECT r.{key} AS key, r.client_id{clear}, r.position, r.body, p.reached,\n"  # noqa: S608 - own names
            "  e.stream_id AS at_stream, e.version AS at_version,\n"
            "  e.client_id IS NOT DISTINCT FROM r.client_id AS is_of_client,\n"
            "  (SELECT max(o.version) FROM event_log o\n"
            f"    WHERE o.practice_id = $1 AND o.category = $4 AND o.stream_id = r.{key}\n"
            "    AND o.client_id = r.client_id AND o.position <= p.reached) AS version,\n"
            "  EXISTS (SELECT FROM views.set_aside s WHERE s.practice_id = $1\n"
            f"    AND s.client_id = r.client_id AND s.view = '{own.name}') AS is_partial\n"
            f"FROM (SELECT * FROM views.{self.table}\n"
            f"  WHERE practice_id = $1 AND {key} >= coalesce($2::uuid, '{UUID(int=0)}')\n"
            f"  AND {key} IS DISTINCT FROM $2 ORDER BY {key} LIMIT $3) r\n"
            "LEFT JOIN (SELECT c.position AS reached FROM views.checkpoint c\n"
            "  JOIN practice_log l ON l.practice_id = c.practice_id AND c.position <= l.position\n"
            f"  WHERE c.practice_id = $1 AND c.view = '{own.name}') p ON true\n"
            # With a limit of its own it is looked up row by row, never hashed from the whole log.
            "LEFT JOIN LATERAL (SELECT o.stream_id, o.version, o.client_id FROM event_log o\n"
            "  WHERE o.practice_id = $1 AND o.position = r.position LIMIT 1) e ON true\n"
            "ORDER BY 1"
        )

    @cached_property
    def upsert(self) -> str:
        names = [column.name for column in self.columns]
        arrays = ", ".join(
            f"${nth}::{column.type}[]" for nth, column in enumerate(self.columns, start=2)
        )
        kept = [name for name in names if name != self.projection.key]
        changed = ", ".join(f"{name} = excluded.{name}" for name in kept)
        return (
            f"INSERT INTO views.{self.table} AS known (practice_id, {', '.join(names)})\n"
            f"SELECT $1, u.* FROM unnest({arrays}) AS u\n"
            f"ON CONFLICT (practice_id, {self.projection.key}) DO UPDATE SET {changed}\n"
            # Whatever a row's key is: one client's row never takes the place of another's.
            "WHERE known.client_id = excluded.client_id"
        )

    @cached_property
    def delete_keys(self) -> str:
        return (
            f"DELETE FROM views.{self.table}\n"  # noqa: S608 - own names
            f"WHERE practice_id = $1 AND {self.projection.key} = ANY ($2)"
        )

    @cached_property
    def delete_clients(self) -> str:
        return (
            f"DELETE FROM views.{self.table}\n"  # noqa: S608 - own names
            "WHERE practice_id = $1 AND client_id = ANY ($2)"
        )

    @cached_property
    def delete_practice(self) -> str:
        return f"DELETE FROM views.{self.table}\nWHERE practice_id = $1"  # noqa: S608 - own names

    def values(
        self,
        practice_id: UUID,
        changed: Iterable[ChangedRow],
        keys: Mapping[UUID, Key],
        *,
        failed: Callable[[UUID, Exception], None],
    ) -> Iterator[tuple[Any, ...]]:
        """The rows to be written, sealed as they are asked for; without those whose key is gone.

        `failed` is told whose row can not be written down: it is left out.
        """
        row_seal = RowSeal(self.projection, practice_id)
        own_key = self.projection.key == "client_id"
        clear = self.projection.clear
        for one in changed:
            key = keys.get(one.client_id)
            if key is None:
                continue
            try:
                clears, body = clear(one.row), row_seal.seal(key, one.key, one.row)
            except Exception as error:  # noqa: BLE001 - whatever it raises, the others go on
                failed(one.client_id, error)
                continue
            client = () if own_key else (one.client_id,)
            yield (one.key, *client, *clears, one.position, body)

    async def write(
        self, connection: Connection, practice_id: UUID, values: Sequence[tuple[Any, ...]]
    ) -> None:
        """Insert or replace rows, all with one statement. Raises RowOfAnotherClient."""
        done = await connection.execute(self.upsert, practice_id, *zip(*values, strict=True))
        if int(done.rpartition(" ")[2]) < len(values):
            raise RowOfAnotherClient

    async def copy(
        self, connection: Connection, practice_id: UUID, values: Iterable[tuple[Any, ...]]
    ) -> None:
        """Add rows that are not there yet: three times as fast as `write`."""
        await connection.copy_records_to_table(
            self.table,
            schema_name="views",
            columns=["practice_id", *(column.name for column in self.columns)],
            records=((practice_id, *value) for value in values),
        )
