"""Everything that a process of Cairn holds, opened and closed in the right order."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime

import asyncpg

from events.catalogue import CODEC
from events.ending import ended
from events.enrolment import Enrolled
from events.keyring import Keyring, first_kept, require_key
from events.postgres import PostgresStore
from events.sealing import KeyMissing, MasterKey, load_or_create_master_key
from projections.epochs import Epochs, begin
from projections.queries import Views
from projections.similar_goals import SimilarGoals
from service.clocks import Clocks
from service.database import Database
from service.health import Health
from service.last_known import LastKnown
from service.own_folder import make_own_folder
from service.positions import Positions
from service.settings import SettingRefused, Settings
from service.streams import Streams
from service.tails import Tails
from service.wakeups import Wakeups

POOL_CONNECTIONS = 16

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)


class Cairn:
    """The log, the views and the keys of one process: see `Cairn.open`.

    `public_url` is where others reach the API, `any_network` whether webhooks may go to http and to
    private addresses, for development. Any of `scrape_keys` opens the metrics.
    """

    def __init__(
        self,
        *,
        database: Database,
        keyring: Keyring,
        store: PostgresStore,
        master: MasterKey,
        clocks: Clocks,
        epochs: Epochs,
        public_url: str,
        any_network: bool,
    ) -> None:
        self.pool = pool = database.pool
        self.keyring = keyring
        self.store = store
        self.views = Views(pool, keyring)
        self.master = master
        self.epochs = epochs
        self.positions = Positions(pool, master, epochs)
        self.clocks = clocks
        self.clock = clocks.now
        self.enrolled = Enrolled(store)
        self.last_known = LastKnown()
        self.similar_goals = SimilarGoals(self.views)
        self.database = database
        self.wakeups = Wakeups(self.connect)
        self.tails = Tails(pool, keyring, self.wakeups)
        self.streams = Streams(self.now)
        self.health = Health(connect=self.connect, store=store, master=master)
        self.database_url = database.url
        self.public_url = public_url
        self.any_network = any_network
        self.scrape_keys: Sequence[str] = ()

    def now(self) -> datetime:
        """What `clock` says, which may be set forward."""
        return self.clock()

    async def connect(self) -> asyncpg.Connection:
        """A connection outside the pool, in the run-time role: to listen on, or to hold."""
        return await self.database.connect()

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        settings: Settings,
        *,
        connections: int = POOL_CONNECTIONS,
        clock: Clock = utc_now,
    ) -> "AsyncIterator[Cairn]":
        """Connect to the database and start the writer; stop and close on the way out.

        Raises SettingRefused without a database, PoolerRefused behind a pooler that shares out
        sessions, KeyFileRefused for a key file that others may read, KeyMissing and KeyIsAnother
        where the record was made with another key, and what asyncpg raises where the database can
        not be reached.
        """
        if settings.database_url is None:
            raise SettingRefused("DATABASE_URL names no database: set it, or use `cairn up`")
        async with Database.open(settings.database_url, connections=connections) as database:
            pool = database.pool
            kept = await first_kept(pool)
            master = master_key(settings, may_make=kept is None)
            require_key(master, kept)
            keyring = Keyring(pool, master)
            clocks = Clocks(utc_now, set_by=None if clock is utc_now else clock)
            store = PostgresStore(
                pool, database.connect, keyring, clocks.wall, codec=CODEC, on_clocks=clocks.note
            )
            await store.start()
            epochs = Epochs(pool)
            looking = [
                asyncio.create_task(clocks.run(pool), name="clocks"),
                asyncio.create_task(epochs.run(), name="epochs"),
            ]
            try:
                with suppress(asyncpg.UndefinedTableError):  # Not migrated yet.
                    await clocks.look(pool)
                await begin(epochs)
                cairn = cls(
                    database=database,
                    keyring=keyring,
                    store=store,
                    master=master,
                    clocks=clocks,
                    epochs=epochs,
                    public_url=settings.public_url,
                    any_network=settings.webhooks == "any",
                )
                cairn.scrape_keys = settings.scrape_keys
                try:
                    yield cairn
                finally:
                    await cairn.health.stop()
                    await cairn.tails.stop()
                    await cairn.wakeups.stop()
            finally:
                await ended(*looking)
                await store.stop()


def master_key(settings: Settings, *, may_make: bool) -> MasterKey:
    """The master key from CAIRN_KEY, else from its file, made where there is no record yet.

    Raises KeyMissing, KeyFileRefused.
    """
    if settings.key is not None:
        return MasterKey(settings.key)
    if not may_make and not settings.key_file.exists():
        raise KeyMissing
    make_own_folder(settings.key_file.parent)
    return MasterKey(load_or_create_master_key(settings.key_file))
