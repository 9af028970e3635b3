"""A house that the tests of a module share: each of them has a practice of its own in it.

To open a house takes a test a tenth of a second, and to open a practice a tenth of that. Here are
the modules whose tests look at nothing but their own practice.
"""

import inspect
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

from service.settings import Settings
from tests.conftest import Database, Servers, copied_database
from tests.service.conftest import KEY, Filled, House, open_practice, opened_house

HERE = Path(__file__).parent
# Fixtures of these tests live in the loop that the connections of the house live in.
in_its_loop = pytest_asyncio.fixture(loop_scope="module")


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
async def shared_house(shared_database: Database, filled: Filled) -> AsyncIterator[House]:
    settings = Settings(database_url=shared_database.runtime, key=KEY)
    async with opened_house(settings, practice_id=filled.practice_id) as opened:
        yield opened


@in_its_loop
async def house(shared_house: House) -> AsyncIterator[House]:
    """The house of the module, in a practice that no other test has.

    A test that sets its clock sets it for itself.
    """
    clock = shared_house.cairn.clock
    practice_id = await open_practice(shared_house.cairn)
    yield msgspec.structs.replace(shared_house, practice_id=practice_id)
    shared_house.cairn.clock = clock


@in_its_loop
async def nobody_on_duty(shared_house: House) -> House:
    """The same, in a practice where nobody is on duty."""
    practice_id = await open_practice(shared_house.cairn, on_duty=False)
    return msgspec.structs.replace(shared_house, practice_id=practice_id)
