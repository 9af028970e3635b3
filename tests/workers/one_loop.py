"""The loop that the tests of a module share, with the connections that live in it."""

import pytest_asyncio

in_its_loop = pytest_asyncio.fixture(loop_scope="module")
