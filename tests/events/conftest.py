"""Logs to start from: a practice in which Anna is enrolled."""

import pytest

from tests.events.log import Interrupted, Log


@pytest.fixture
async def log() -> Log:
    return await Log().opened()


@pytest.fixture
async def interrupted() -> Interrupted:
    opened = Interrupted()
    await opened.opened()
    return opened
