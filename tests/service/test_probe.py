"""The probe of a container says what does not answer, or can not be worked with."""

import time

from service.probe import probe
from service.redis_words import SENTENCES
from service.settings import Settings
from tests.conftest import taking_no_writes
from tests.service.swallowing import swallowing


async def test_is_content_when_both_answer(database, redis_url):
    assert await probe(Settings(database_url=database.runtime, redis_url=redis_url)) is None


async def test_is_content_without_a_redis_to_ask(database):
    assert await probe(Settings(database_url=database.runtime)) is None


async def test_names_the_database(tmp_path):
    nowhere = Settings(database_url=f"postgresql://cairn@/cairn?host={tmp_path}")
    assert await probe(nowhere) == "Postgres does not answer"


async def test_names_a_database_that_can_only_be_read(database):
    settings = Settings(database_url=database.runtime)
    async with taking_no_writes(database):
        assert await probe(settings) == "Postgres takes no writes"
    assert await probe(settings) is None


async def test_names_a_database_behind_a_network_that_swallows_before_long(database, monkeypatch):
    monkeypatch.setattr("service.probe.LIMIT_SECONDS", 0.5)
    async with swallowing(Settings(database_url=database.runtime)) as (by_way_of, proxy):
        assert await probe(by_way_of) is None
        proxy.swallow()
        began = time.monotonic()
        assert await probe(by_way_of) == "Postgres does not answer"
        assert time.monotonic() - began < 10
        proxy.pass_on()


async def test_names_redis(database, tmp_path):
    nowhere = Settings(database_url=database.runtime, redis_url=f"unix://{tmp_path}/redis.sock")
    told = await probe(nowhere)
    assert told is not None
    assert told.startswith("There is no socket")


async def test_says_that_redis_refuses_the_password(database, redis_url):
    login, _, place = redis_url.partition("@")
    wrong = Settings(database_url=database.runtime, redis_url=f"{login}0@{place}")
    assert await probe(wrong) == SENTENCES["wrong_password"]
