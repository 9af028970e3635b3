"""`cairn up` with small children, to be run as a program: what the supervisor's tests start."""

import asyncio
import sys
from pathlib import Path

from rich.console import Console

from service.settings import Settings
from service.supervisor import up

# Answers every request, and leaves its pid where the test finds it.
API = """
import http.server, os, pathlib
pathlib.Path(os.environ["CAIRN_VAR"], "api.pid").write_text(str(os.getpid()))
class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
    def log_message(self, *told):
        pass
address = ("127.0.0.1", int(os.environ["PORT"]))
http.server.HTTPServer(address, Ready).serve_forever()
"""
STUBBORN = """
import os, pathlib, signal, time
pathlib.Path(os.environ["CAIRN_VAR"], "worker.pid").write_text(str(os.getpid()))
assert os.environ["DATABASE_URL"] and os.environ["REDIS_URL"]
time.sleep(600)
"""
CHILDREN = {
    "api": (sys.executable, "-c", API),
    "worker": (sys.executable, "-c", STUBBORN),
}


async def demo(settings: Settings, _console: Console) -> str:
    """Counts its runs in the folder, as a log would keep them."""
    runs = Path(settings.var, "runs")
    count = int(runs.read_text()) + 1 if runs.exists() else 1
    runs.write_text(str(count))
    return f"run {count}"


async def welcome(settings: Settings) -> str:
    """Stands for the tokens and the commands."""
    return f"hello from {settings.port}"


if __name__ == "__main__":
    console = Console(soft_wrap=True)
    running = up(
        Settings.from_env(), demo=demo, welcome=welcome, console=console, children=CHILDREN
    )
    sys.exit(asyncio.run(running))
