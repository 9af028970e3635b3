"""The parameters of lists in pages."""

from typing import Annotated

from litestar.params import QueryParameter

from service.cursors import POSITION_LIMIT

PAGE_SIZE = 50
PAGE_LIMIT = 200
CURSOR_LENGTH = 200

Limit = Annotated[
    int, QueryParameter(ge=1, le=PAGE_LIMIT, description="How many at most, 1 to 200.")
]
Cursor = Annotated[
    str | None,
    QueryParameter(
        name="cursor", max_length=CURSOR_LENGTH, description="`next` of the page before."
    ),
]

EventVersion = Annotated[
    int | None,
    QueryParameter(
        ge=1,
        le=POSITION_LIMIT,
        description="The `version` of an event, from its link: then only what the event is about.",
    ),
]
