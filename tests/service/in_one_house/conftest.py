"""A house that the tests of a module share: each of them is about clients of its own.

To open a house takes a test a tenth of a second; a table of a hundred requests needs one.
"""

import inspect
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import pytest
import pytest_asyncio

from service.settings import Settings
from tests.conftest import Database, Servers, copied_database
from tests.service.conftest import KEY, Filled, House, opened_house

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """They share the loop, too, that the connections of the house live in."""
    for item in items:
        if not isinstance(item, pytest.Function) or HERE not in item.path.parents:
            continue
        if inspect.iscoroutinefunction(item.function):
            item.add_marker(pytest.mark.asyncio(loop_scope="module"), append=False)


@pytest.fixture(scope="module")
def shared_database(servers: Servers, filled: Filled) -> Iterator[Database]:
    with copied_database(servers, filled.template) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(shared_database: Database, filled: Filled) -> AsyncIterator[House]:
    settings = Settings(database_url=shared_database.runtime, key=KEY)
    async with opened_house(settings, practice_id=filled.practice_id) as opened:
        yield opened
