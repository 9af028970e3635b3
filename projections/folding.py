"""Folding events of one practice into the rows of a view, in memory."""

import gc
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from events.practice import Practice
from events.record import Recorded, Unreadable
from projections.rows import ChangedRow, Projection

# The settings of a practice that has chosen nothing.
USUAL = Practice()


class PageFold:
    """The rows that a batch reads and changes, in memory, client by client."""

    def __init__(self, projection: Projection) -> None:
        self._projection = projection
        self._pages: defaultdict[UUID, dict[UUID, Any]] = defaultdict(dict)
        self._changed: dict[UUID, tuple[UUID, int]] = {}
        self._loaded: set[UUID] = set()

    def load(self, client_id: UUID, key: UUID, row: Any) -> None:
        """A row as an earlier batch left it."""
        self._pages[client_id][key] = row
        self._loaded.add(key)

    def apply(self, recorded: Recorded) -> None:
        """One event; nothing where it is of no interest here, or can not be read any more."""
        if recorded.type in self._projection.types and not isinstance(recorded.event, Unreadable):
            self.apply_all([recorded])

    def apply_all(self, events: Iterable[Recorded]) -> None:
        """Events of the projection's types that can be read, in their order."""
        evolve, pages, changed = self._projection.evolve, self._pages, self._changed
        for recorded in events:
            client_id = recorded.client_id
            if client_id is None:
                continue
            page = pages[client_id]
            for key, row in evolve(page, recorded).items():
                if row is not None:
                    page[key] = row
                elif page.pop(key, None) is None:
                    continue  # There was nothing to take away.
                changed[key] = (client_id, recorded.position)

    def changed(self, practice: Practice = USUAL) -> list[ChangedRow]:
        """What is to be written, settled; a row that came and went within the batch is not."""
        settled = self._projection.settled
        changed = []
        for key, (client_id, position) in self._changed.items():
            row = self._pages[client_id].get(key)
            fresh = key not in self._loaded
            if row is not None or not fresh:
                new = None if row is None else settled(row, practice)
                changed.append(ChangedRow(key, client_id, position, new, fresh))
        return changed

    def rows(self, practice: Practice = USUAL) -> dict[UUID, Any]:
        """Every row by its key, settled."""
        settled = self._projection.settled
        return {
            key: settled(row, practice)
            for page in self._pages.values()
            for key, row in page.items()
        }


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
