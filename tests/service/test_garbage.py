"""What is there for good is set aside from the collector of garbage, once a process is ready."""

import gc
import signal

import msgspec
import pytest

from service.cli import main
from service.garbage import go_on, set_aside_for_good
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


def test_the_modules_of_a_command_are_set_aside(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    before = gc.get_freeze_count()
    monkeypatch.setattr("sys.argv", ["cairn", "instruments"])
    try:
        with pytest.raises(SystemExit, match="0"):
            main()
        assert gc.isenabled()
        assert gc.get_freeze_count() > before
    finally:
        gc.enable()
        gc.unfreeze()
    assert "phq9" in capsys.readouterr().out


def test_where_nothing_was_put_off_nothing_is_set_aside():
    before = gc.get_freeze_count()
    go_on()
    assert gc.get_freeze_count() == before


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
