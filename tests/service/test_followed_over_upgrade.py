"""Who followed a release that told apps positions goes on after the upgrade: no gap, no double.

The database is as that release has left it: an app has stored the number and the position it was
told last, and a webhook's receiver the ids of its messages.
"""

from collections.abc import AsyncIterator, Iterator
from hashlib import sha256
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import msgspec
import pytest
import pytest_asyncio

from migrations.runner import migrate
from projections.told_position import SealedPositions
from service.settings import Settings
from tests.conftest import Database, Servers, copied_database, name_database
from tests.older_release import appends_of_an_older_release, files_until
from tests.service.conftest import KEY, Asker, House, open_practice, opened_house
from tests.service.in_one_house.test_who_may import planned
from tests.service.test_subscriptions import PATH, delivering, feel, is_so, subscribe
from tests.workers.receivers import Got, Receiver, receiving
from tests.workers.subscribed import envelopes, eventually, numbers

pytestmark = pytest.mark.asyncio(loop_scope="module")
BEFORE = 14
FORM = {"instrument": "phq9", "answers": [0, 0, 0, 0, 0, 0, 0, 0, 1]}
# What that release kept of a delivery, with how far it has come.
KEPT = """
INSERT INTO outbox.delivery (
  practice_id, subscription_id, number, position, order_key, stage, attempts, tries, due_at
)
SELECT
  e.practice_id, $2, row_number() OVER (ORDER BY e.position), e.position, e.client_id,
  $3, 1, 1, CASE WHEN $3 = 'waiting' THEN now() END
FROM event_log e
WHERE e.practice_id = $1 AND e.category IN ('mood', 'assessment') AND e.position > $4
"""
STANDING = """
INSERT INTO outbox.subscription (practice_id, subscription_id, version, planned, last_number)
SELECT
  $1, $2, 1, (SELECT position FROM practice_log WHERE practice_id = $1),
  (SELECT count(*) FROM outbox.delivery WHERE practice_id = $1 AND subscription_id = $2)
"""


class Left(msgspec.Struct, kw_only=True):
    """What is there after the upgrade, and what was there before.

    `head` is that of the log at the upgrade; `told` are number, position and message id of each
    event of the app's subscription, as that release told them.
    """

    house: House
    client_id: str
    subscription_id: str
    head: int
    told: list[tuple[int, int, str]]

    @property
    def path(self) -> str:
        return f"{PATH}/{self.subscription_id}"

    @property
    def app(self) -> Asker:
        return self.house.asker("app", "diary")


def first_message_id(row: asyncpg.Record) -> str:
    """As that release named a message."""
    digest = sha256(row["body"]).hexdigest()[:8]
    return f"{row['practice_id'].hex}-{row['position']}-{digest}"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def one_receiver() -> AsyncIterator[Receiver]:
    """It listens for the whole module: the subscription that is there has its address."""
    async with receiving() as one:
        yield one


@pytest.fixture
def receiver(one_receiver: Receiver) -> Receiver:
    one_receiver.got.clear()
    return one_receiver


@pytest.fixture(scope="module", params=["delivered", "waiting"])
def upgraded(request: pytest.FixtureRequest, servers: Servers) -> Iterator[tuple[Database, str]]:
    """A database to upgrade, once for all tests, and what became of its deliveries."""
    made = name_database(servers, f"cairn_upgraded_{request.param}")
    servers.administrator.execute(f"CREATE DATABASE {made.name} OWNER cairn_owner")
    yield made, request.param
    servers.administrator.execute(f"DROP DATABASE {made.name} WITH (FORCE)")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def first(
    upgraded: tuple[Database, str],
    one_receiver: Receiver,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Any]:
    """An app that has read three events of a subscription to all but flags, before the upgrade."""
    database, stage = upgraded
    await migrate(database.owner, folder=files_until(BEFORE, tmp_path_factory.mktemp("older")))
    with appends_of_an_older_release():
        async with opened_house(settings_of(database)) as house:
            clinician = house.asker()
            client_id = await clinician.enrol()
            made = await subscribe(clinician, app="diary", url=one_receiver.url())
            await feel(clinician, client_id, 3)
            await clinician.do("POST", f"/v1/clients/{client_id}/assessments", FORM)
            await feel(clinician, client_id, 4)
            practice_id, subscription_id = house.practice_id, UUID(made["id"])
    connection = await asyncpg.connect(database.owner)
    try:
        await connection.execute(KEPT, practice_id, subscription_id, stage, made["position"])
        await connection.execute(STANDING, practice_id, subscription_id)
        rows = await connection.fetch(
            "SELECT d.number, e.* FROM outbox.delivery d JOIN event_log e"
            " USING (practice_id, position) ORDER BY d.number"
        )
        head = await connection.fetchval("SELECT max(position) FROM event_log")
    finally:
        await connection.close()
    await migrate(database.owner)
    return {
        "practice_id": practice_id,
        "client_id": client_id,
        "subscription_id": str(subscription_id),
        "head": head,
        "told": [(row["number"], row["position"], first_message_id(row)) for row in rows],
    }


def settings_of(database: Database) -> Settings:
    return Settings(database_url=database.runtime, key=KEY, webhooks="any")


@pytest.fixture
def database(
    servers: Servers, first: dict[str, Any], upgraded: tuple[Database, str]
) -> Iterator[Database]:
    """A copy of what was upgraded."""
    with copied_database(servers, upgraded[0].name) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def left(first: dict[str, Any], database: Database) -> AsyncIterator[Left]:
    practice_id = first["practice_id"]
    async with opened_house(settings_of(database), practice_id=practice_id) as house:
        kept = {name: value for name, value in first.items() if name != "practice_id"}
        yield Left(house=house, **kept)


class TestAnAppThatFollowed:
    async def test_goes_on_after_its_number_without_a_gap_or_a_double(self, left: Left):
        assert [number for number, _, _ in left.told] == [1, 2, 3]
        number, position, _ = left.told[-1]
        clinician = left.house.asker()
        await feel(clinician, left.client_id, 5)
        form = f"/v1/clients/{left.client_id}/assessments"
        await clinician.do("POST", form, FORM)
        await planned(left.house, left.subscription_id)
        page = await left.app.ask(
            "GET", f"{left.path}/events?after={number}", Cairn_Position=str(position)
        )
        assert page.status_code == 200
        assert [one["number"] for one in page.json()["items"]] == [4, 5]
        assert [one["category"] for one in page.json()["items"]] == ["mood", "assessment"]
        tokens = [
            page.headers["cairn-position"],
            *(one["position"] for one in page.json()["items"]),
        ]
        assert all(len(token) == 48 for token in tokens)
        # From here on it sends what it was told last.
        after = await left.app.ask("GET", f"{left.path}/events?after=5", Cairn_Position=tokens[0])
        assert (after.status_code, after.json()["items"]) == (200, [])

    async def test_is_told_what_it_has_read_before_as_it_was_but_for_positions(self, left: Left):
        page = await left.app.get(f"{left.path}/events")
        assert [one["number"] for one in page["items"]] == [1, 2, 3]
        assert all(len(one["position"]) == 48 for one in page["items"])
        shown = await left.house.asker().get(f"{left.path}/events")
        assert [(one["number"], one["position"]) for one in shown["items"]] == [
            (number, position) for number, position, _ in left.told
        ]

    async def test_may_send_the_positions_it_has_stored_and_no_later_one(self, left: Left):
        await feel(left.house.asker(), left.client_id, 5, 6, 7)
        place = f"/v1/clients/{left.client_id}"
        anna = left.house.asker("client", left.client_id)
        for asker in (left.app, anna):
            for position in (0, 1, left.told[0][1], left.head):
                taken = await asker.ask("GET", place, Cairn_Position=str(position))
                assert taken.status_code == 200, position
                assert len(taken.headers["cairn-position"]) == 48
            # The log has come that far, and who asks is not to learn it.
            told: list[httpx.Response] = [
                await asker.ask("GET", place, Cairn_Position=str(position))
                for position in (left.head + 1, left.head + 3, left.head + 1_000)
            ]
            assert {one.status_code for one in told} == {400}
            assert {one.json()["parameter"] for one in told} == {"Cairn-Position"}
            assert len({one.json()["detail"] for one in told}) == 1

    async def test_is_told_of_no_restore(self, left: Left):
        """An upgrade draws the first epoch, of which everything is that was told before."""
        tokens = SealedPositions(left.house.cairn.master)
        stored = tokens.token(left.house.practice_id, left.told[0][1])
        taken = await left.app.ask("GET", f"/v1/clients/{left.client_id}", Cairn_Position=stored)
        assert taken.status_code == 200
        clinician = left.house.asker()
        page = await clinician.get(f"/v1/feed?after={left.head}")
        assert (page["next"], page["head"]) == (left.head, left.head)
        assert left.house.cairn.epochs.current.number == 1
        assert UUID(page["epoch"]) == left.house.cairn.epochs.current.epoch != UUID(int=0)

    async def test_of_a_practice_that_was_made_later_may_send_no_number_but_0(self, left: Left):
        practice_id = await open_practice(left.house.cairn, "Oak Street")
        app = left.house.asker("app", "diary", practice_id=practice_id)
        refused = await app.ask("GET", "/v1/practice", Cairn_Position="1")
        assert refused.status_code == 400
        # It is behind every log, so it is what to send before anything was told.
        assert (await app.ask("GET", "/v1/practice", Cairn_Position="0")).status_code == 200

    async def test_goes_on_in_the_middle_of_a_list(self, left: Left):
        """A cursor that was answered before has a number in it."""
        path = f"/v1/clients/{left.client_id}/timeline?limit=1"
        anna = left.house.asker("client", left.client_id)
        before = (await left.house.asker().get(path))["next"]
        went_on = await anna.get(f"{path}&cursor={before}")
        assert [one["kind"] for one in went_on["items"]] == ["assessment_scored"]


class TestAWebhookThatFollowed:
    async def test_gets_what_it_had_under_the_ids_it_had_and_the_rest_under_others(
        self, left: Left, receiver: Receiver
    ):
        clinician = left.house.asker()
        async with delivering(left.house):
            await feel(clinician, left.client_id, 5)
            await clinician.do("POST", f"{left.path}/replay", {})
            await eventually(lambda: is_so(set(numbers(receiver)) == {1, 2, 3, 4}))
        ids = {one["data"]["number"]: one["id"] for one in envelopes(receiver)}
        assert [ids[number] for number, _, _ in left.told] == [id_ for _, _, id_ in left.told]
        new = ids[4].removeprefix(f"{left.house.practice_id.hex}-")
        assert len(new) == 32
        assert "-" not in new
        assert all(len(one["data"]["position"]) == 48 for one in envelopes(receiver))

    async def test_is_told_no_position_by_a_subscription_that_is_made_later(
        self, left: Left, receiver: Receiver
    ):
        """Of the time before the upgrade, either: there would be holes in it as well."""
        clinician = left.house.asker()
        await clinician.do("DELETE", left.path, {"reason": "No longer used."})
        async with delivering(left.house):
            await subscribe(clinician, url=receiver.url("/later"), after=0, categories=["mood"])
            await eventually(lambda: is_so(len(told_at(receiver, "/later")) == 2))
        ids = {got.headers["webhook-id"] for got in told_at(receiver, "/later")}
        assert len(ids) == 2
        assert all(id_.count("-") == 1 for id_ in ids)


def told_at(receiver: Receiver, path: str) -> list[Got]:
    return [got for got in receiver.got if got.line == f"POST {path} HTTP/1.1"]


async def test_the_run_time_role_reads_the_heads_and_changes_none(left: Left):
    pool = left.house.cairn.pool
    [row] = await pool.fetch("SELECT practice_id, position FROM head_at_upgrade")
    assert tuple(row) == (left.house.practice_id, left.head)
    for statement in (
        "UPDATE head_at_upgrade SET position = 0",
        "DELETE FROM head_at_upgrade",
        "TRUNCATE head_at_upgrade",
        "INSERT INTO head_at_upgrade SELECT gen_random_uuid(), 7",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await pool.execute(statement)


async def test_nobody_changes_a_head_not_even_the_owner(left: Left, database: Database):
    owner = await asyncpg.connect(database.owner)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
            await owner.execute("UPDATE head_at_upgrade SET position = 0")
    finally:
        await owner.close()
