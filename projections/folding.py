"""Folding events of one practice into the rows of a view, in memory."""

import gc
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from events.practice import Practice
from events.record import Recorded, Unreadable
from projections.rows import ChangedRow, Projection
from projections.set_aside import Aside, aside

# The settings of a practice that has chosen nothing.
USUAL = Practice()


class PageFold:
    """The rows that a batch reads and changes, in memory, client by client.

    `passed_over` are the events that the view's fold could not take: they have changed nothing.
    """

    def __init__(self, projection: Projection) -> None:
        self._projection = projection
        self._pages: defaultdict[UUID, dict[UUID, Any]] = defaultdict(dict)
        self._changed: defaultdict[UUID, dict[UUID, int]] = defaultdict(dict)
        self._loaded: defaultdict[UUID, set[UUID]] = defaultdict(set)
        self.passed_over: list[Aside] = []

    def load(self, client_id: UUID, key: UUID, row: Any) -> None:
        """A row as an earlier batch left it."""
        self._pages[client_id][key] = row
        self._loaded[client_id].add(key)

    def apply(self, recorded: Recorded) -> None:
        """One event; nothing where it is of no interest here, or can not be read any more."""
        if recorded.type in self._projection.types and not isinstance(recorded.event, Unreadable):
            self.apply_all([recorded])

    def apply_all(self, events: Iterable[Recorded]) -> None:
        """Events of the projection's types that can be read, in their order."""
        evolve, pages, changed_of = self._projection.evolve, self._pages, self._changed
        for recorded in events:
            client_id = recorded.client_id
            if client_id is None:
                continue
            page = pages[client_id]
            try:
                # All of its changes are known before the first of them is made.
                changes = evolve(page, recorded).items()
            except Exception as error:  # noqa: BLE001 - whatever it raises, the others go on
                self.passed_over.append(aside(recorded, error))
                continue
            changed = changed_of[client_id]
            for key, row in changes:
                if row is not None:
                    page[key] = row
                elif page.pop(key, None) is None:
                    continue  # There was nothing to take away.
                changed[key] = recorded.position

    def apply_trying(self, recorded: Recorded, try_row: Callable[[UUID, Any], object]) -> None:
        """One event of the projection's types; passed over where a row it makes fails `try_row`."""
        page = self._pages[recorded.client_id or recorded.practice_id]
        try:
            for key, row in self._projection.evolve(page, recorded).items():
                if row is not None:
                    try_row(key, row)
        except Exception as error:  # noqa: BLE001 - whatever it raises, the others go on
            self.passed_over.append(aside(recorded, error))
        else:
            self.apply_all([recorded])

    def changed(
        self, practice: Practice = USUAL, *, failed: Callable[[UUID, Exception], None] | None = None
    ) -> list[ChangedRow]:
        """What is to be written, settled; a row that came and went within the batch is not.

        `failed` is told whose row does not settle: it is left out. Without it that is raised.
        """
        settled = self._projection.settled
        changed = []
        for client_id, keys in self._changed.items():
            page, loaded = self._pages[client_id], self._loaded[client_id]
            for key, position in keys.items():
                row, fresh = page.get(key), key not in loaded
                if row is None and fresh:
                    continue
                try:
                    new = None if row is None else settled(row, practice)
                except Exception as error:
                    # Whatever it raises: the client is folded anew, and the bad event found.
                    if failed is None:
                        raise
                    failed(client_id, error)
                    continue
                changed.append(ChangedRow(key, client_id, position, new, fresh))
        return changed

    def row(self, key: UUID, practice: Practice = USUAL) -> Any:
        """One row, settled; None where there is none."""
        for page in self._pages.values():
            if key in page:
                return self._projection.settled(page[key], practice)
        return None


@contextmanager
def uncollected() -> Iterator[None]:
    """Without looking for garbage in cycles: a batch makes none, and would pay a third for it."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
