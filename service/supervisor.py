"""What `cairn up` runs: servers, migrations, the three processes, and their end, in order.

Nothing here is needed for the record to be safe: whatever is killed, in whatever order, the next
run finds every acknowledged event. This only makes it convenient.
"""

import asyncio
import contextlib
import fcntl
import os
import signal
import socket
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, TypeVar

import asyncpg
import msgspec
from rich.console import Console

from events.sealing import KeyFileRefused, KeyIsAnother, KeyMissing
from migrations.rights import RightsMissing
from migrations.runner import MigrationRefused, migrate
from service.children import Child, Kept, Startable
from service.embedded import EmbeddedPostgres, EmbeddedRedis, PostgresUrls
from service.installed import ServerUnavailable
from service.own_folder import make_own_folder
from service.redis_words import SENTENCES
from service.settings import Settings
from service.steps import Steps, fitted
from service.wiring import Cairn
from workers.redis_faults import find_redis_fault

LOOK_EVERY_SECONDS: Final = 0.2
READY_SECONDS: Final = 60
# -P: never pick up modules from the folder we happen to be in.
CHILDREN: Final[Mapping[str, Sequence[str]]] = {
    name: (sys.executable, "-P", "-m", "service", command)
    for name, command in (("api", "serve"), ("projector", "project"), ("worker", "work"))
}

T = TypeVar("T")

Demo = Callable[[Settings, Console], Awaitable[str]]
"""Fills an empty log; draws its progress on the console and answers what the step's line says."""
Welcome = Callable[[Settings], Awaitable[str]]
"""What to print once everything runs: a token for each role and commands to try."""


class CannotStart(Exception):
    """Why nothing was started; the message is for the person at the screen."""


class Stopped(Exception):
    """Not an error: we were asked to stop while starting."""


class Relaunched:
    """The embedded Postgres, once its logins are made: started again, it has them already."""

    def __init__(self, postgres: EmbeddedPostgres) -> None:
        self.start = postgres.launch
        self.is_alive = postgres.is_alive
        self.stop = postgres.stop


async def up(
    settings: Settings,
    *,
    demo: Demo,
    welcome: Welcome,
    console: Console,
    children: Mapping[str, Sequence[str]] = CHILDREN,
) -> int:
    """Run everything until we are told to stop; the exit code (0 stopped, 1 could not start).

    `children` are the commands to keep running, by name. Every one of them gets the settings, with
    the embedded servers' URLs, in its environment.
    """
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(one, stopping.set)  # Setting it twice is harmless.
    supervisor = Supervisor(settings, console=console, stopping=stopping)
    try:
        with alone(settings.var):
            check_port(settings)
            try:
                await supervisor.start(demo, children)
                await supervisor.greet(welcome)
                await supervisor.keep()
            except Stopped:
                console.print()
            finally:
                supervisor.stop()
    except (CannotStart, ServerUnavailable, MigrationRefused, RightsMissing) as error:
        told = fitted(console, f"Cairn cannot start: {error}")
        console.print(told, markup=False, highlight=False, soft_wrap=True)
        return 1
    finally:
        for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.remove_signal_handler(one)
    return 0


class Supervisor:
    """Holds what was started, in the order in which it has to end."""

    def __init__(self, settings: Settings, *, console: Console, stopping: asyncio.Event) -> None:
        self.settings = settings
        self.console = console
        self.steps = Steps(console)
        self.stopping = stopping
        self.servers: list[Startable] = []
        self.children: list[Child] = []
        self.kept: list[Kept] = []

    async def start(self, demo: Demo, children: Mapping[str, Sequence[str]]) -> None:
        """Every step up to the three processes. Raises Stopped, CannotStart, ServerUnavailable."""
        await self.start_redis()
        await self.start_postgres()
        with self.steps.step("migrations") as step:
            try:
                done = await self.unless_stopped(migrate(self.settings.owner_database_url or ""))
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                raise CannotStart(f"the database cannot be migrated: {error}") from error
            step.detail = f"{done} applied" if done else "up to date"
        await self.find_key()
        with self.steps.step("demonstration") as step:
            step.detail = await self.unless_stopped(demo(self.settings, self.console))
        for name, command in children.items():
            with self.steps.step(name) as step:
                child = Child(name, command, self.settings.of_process(name))
                self.children.append(child)
                child.start()
                self.keep_alive(name, child)
                metrics = child.settings.metrics
                told = f", metrics at http://{metrics}/metrics" if metrics else ""
                step.detail = f"log in {child.log}{told}"

    async def start_redis(self) -> None:
        """The one named, or our own. One that does not serve keeps nothing from starting."""
        self.breathe()
        with self.steps.step("redis") as step:
            if self.settings.redis_url is not None:
                fault = await self.unless_stopped(find_redis_fault(self.settings.redis_url))
                step.detail = "the one in REDIS_URL"
                if fault is not None:
                    step.lacks = f"{SENTENCES[fault]}. The worker looks for work without Redis."
                return
            redis = EmbeddedRedis(self.settings.var)
            self.servers.insert(0, redis)
            self.settings = msgspec.structs.replace(self.settings, redis_url=redis.start())
            self.keep_alive("redis", redis)
            step.detail = str(redis.data)
            if redis.put_aside is not None:
                step.lacks = (
                    f"Files of an earlier Redis could not be read. They lie in {redis.put_aside}, "
                    "and nothing needs them."
                )

    async def start_postgres(self) -> None:
        """The one named, or our own."""
        self.breathe()
        if self.settings.database_url is not None:
            return
        with self.steps.step("postgres") as step:
            postgres = EmbeddedPostgres(self.settings.var)
            relaunched = Relaunched(postgres)
            self.servers.append(relaunched)
            urls: PostgresUrls = await postgres.start()
            self.settings = msgspec.structs.replace(
                self.settings, database_url=urls.runtime, owner_database_url=urls.owner
            )
            self.keep_alive("postgres", relaunched)
            step.detail = str(postgres.data)

    async def find_key(self) -> None:
        """The master key: made where the log is empty, else the one that opens it."""
        with self.steps.step("key") as step:
            try:
                async with Cairn.open(self.settings, connections=1):
                    pass
            except (KeyFileRefused, KeyMissing, KeyIsAnother) as refused:
                raise CannotStart(f"{self.settings.key_file}: {refused.__doc__}") from None
            except OSError as error:
                raise CannotStart(f"the key file cannot be used: {error}") from None
            file = self.settings.key_file if self.settings.key is None else "CAIRN_KEY"
            step.detail = f"{file} (keep a copy: without it the log is unreadable)"

    async def greet(self, welcome: Welcome) -> None:
        """Wait until the service says it is ready, then print where it is."""
        with self.steps.step("ready") as step:
            answer = await self.unless_stopped(self.wait_until_ready())
            step.detail = answer
        address = f"http://{self.settings.host}:{self.settings.port}"
        told = fitted(self.console, f"Cairn is at {address}, its API page at {address}/schema")
        self.console.print(f"\n{told}\n")
        text = await welcome(self.settings)
        self.console.print(text, markup=False, highlight=False, soft_wrap=True)
        self.console.print("\nCtrl-C stops everything.", highlight=False)

    async def wait_until_ready(self) -> str:
        """Ask /readyz until it says 200, restarting what dies meanwhile."""
        limit = time.monotonic() + READY_SECONDS
        answer = "no answer"
        while time.monotonic() < limit:
            answer = await ask(self.settings.host, self.settings.port, "/readyz")
            if answer == "200":
                return "the service answers"
            self.look()
            await asyncio.sleep(LOOK_EVERY_SECONDS)
        return f"not yet after {READY_SECONDS} s ({answer}); going on, it says more at /readyz"

    async def keep(self) -> None:
        """Look after everything until we are told to stop."""
        while not self.stopping.is_set():
            self.look()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.stopping.wait(), LOOK_EVERY_SECONDS)

    def look(self) -> None:
        """One look at everything that should be running."""
        for kept in self.kept:
            kept.look()
        for child in self.children:
            child.keep_log_small()

    def stop(self) -> None:
        """The processes first, together; then Redis; then Postgres. Each within its limit."""
        for child in self.children:
            child.ask_to_stop()
        for thing in (*self.children, *self.servers):
            thing.stop()
        if self.servers or self.children:
            self.console.print("Everything has stopped.", highlight=False)

    def keep_alive(self, name: str, thing: Startable) -> None:
        """From now on, start it again when it ends."""
        self.kept.append(Kept(name, thing, say=self.steps.say))

    def breathe(self) -> None:
        """Between two steps: raises Stopped when somebody has asked for it."""
        if self.stopping.is_set():
            raise Stopped

    async def unless_stopped(self, doing: Awaitable[T]) -> T:
        """Wait for something, but no longer than until we are told to stop: then raises Stopped."""
        task = asyncio.ensure_future(doing)
        stop = asyncio.ensure_future(self.stopping.wait())
        try:
            await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                return task.result()
            raise Stopped
        finally:
            for one in (task, stop):
                one.cancel()
            await asyncio.gather(task, stop, return_exceptions=True)


@contextlib.contextmanager
def alone(var: Path) -> Iterator[None]:
    """Hold the folder's lock. Raises CannotStart while another copy runs on the same folder."""
    try:
        make_own_folder(var)
        lock = (var / "lock").open("a+")
    except OSError as error:
        raise CannotStart(f"the folder {var} cannot be used: {error.strerror}") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read().strip() or "unknown"
            raise CannotStart(
                f"it already runs on {var} (process {holder}); "
                "stop it, or choose another folder with CAIRN_VAR"
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def check_port(settings: Settings) -> None:
    """Raises CannotStart when somebody else listens there, before anything is started."""
    try:
        found = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)
        family, kind, protocol, _, address = found[0]
        with socket.socket(family, kind, protocol) as door:
            door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            door.bind(address)
    except OSError as error:
        raise CannotStart(
            f"{settings.host} port {settings.port} cannot be used ({error.strerror}); "
            "choose another port with PORT"
        ) from None


async def ask(host: str, port: int, path: str) -> str:
    """The status of one GET request, or why there is none."""
    try:
        async with asyncio.timeout(5):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                request = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
                writer.write(request.encode())
                line = await reader.readline()
            finally:
                writer.close()
                with contextlib.suppress(OSError):
                    await writer.wait_closed()
    except (OSError, TimeoutError):
        return "no answer"
    parts = line.decode("latin-1").split()
    return parts[1] if len(parts) > 1 else "no answer"
