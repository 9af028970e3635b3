"""What is there for good is set aside from the collector of garbage, once a process is ready."""

import gc
import signal

import msgspec
import pytest

from service.garbage import set_aside_for_good
from service.server import serve
from service.settings import Settings


def test_it_is_not_looked_at_again():
    before = gc.get_freeze_count()
    made: list[list[int]] = [[] for _ in range(60_000)]
    try:
        set_aside_for_good()
        assert gc.get_freeze_count() - before >= len(made)
    finally:
        gc.unfreeze()


async def test_a_server_does_so_before_it_is_ready(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    done: list[str] = []
    monkeypatch.setattr("service.server.set_aside_for_good", lambda: done.append("set aside"))

    def ready() -> None:
        done.append("ready")
        signal.raise_signal(signal.SIGTERM)

    await serve(msgspec.structs.replace(settings, port=0), ready=ready)
    assert done == ["set aside", "ready"]
