"""Every setting is checked when it is read, and no message repeats a secret."""

import base64

import msgspec
import pytest

from service.settings import MAY_LIE_IN_A_FILE, SETTINGS, SettingRefused, Settings

KEY = base64.b64encode(bytes(range(32))).decode()


SCRAPE_KEYS = ("a-scrape-key-of-more-than-32-letters", "the-key-that-comes-after-the-first-one")


class TestWhoReadsTheMetrics:
    def test_and_where_is_set(self):
        given = {"CAIRN_METRICS": "127.0.0.1:9464", "CAIRN_SCRAPE_KEY": "\n".join(SCRAPE_KEYS)}
        settings = Settings.from_env(given)
        assert settings.scrape_keys == SCRAPE_KEYS
        assert not any(key in repr(settings) for key in SCRAPE_KEYS)
        # Each process of one machine has a port of its own, and the API tells them on its own.
        ports = {name: settings.of_process(name).metrics for name in ("api", "projector", "worker")}
        assert {name: one and one.port for name, one in ports.items()} == {
            "api": None, "projector": 9464, "worker": 9465,
        }  # fmt: skip
        again = Settings.from_env(settings.environment())
        assert (again.metrics, again.scrape_keys) == (settings.metrics, settings.scrape_keys)

    @pytest.mark.parametrize("where", ["9464", "localhost", "localhost:0", ":9464", "::1:9464"])
    def test_at_no_address_is_refused(self, where):
        with pytest.raises(SettingRefused, match="CAIRN_METRICS"):
            Settings.from_env({"CAIRN_METRICS": where})

    @pytest.mark.parametrize("key", ["short", "x" * 300, "two words" * 9, " ".join(["x" * 40] * 3)])
    def test_by_no_key_is_refused_and_not_repeated(self, key):
        with pytest.raises(SettingRefused, match="CAIRN_SCRAPE_KEY") as refused:
            Settings.from_env({"CAIRN_SCRAPE_KEY": key})
        assert key not in str(refused.value)


class TestFromEnv:
    def test_needs_nothing(self):
        settings = Settings.from_env({"HOME": "/"})
        assert (settings.host, settings.port, str(settings.var)) == ("127.0.0.1", 8000, "var")
        assert settings.database_url is None
        assert str(settings.key_file) == "var/cairn.key"

    def test_takes_what_is_set(self, tmp_path):
        settings = Settings.from_env(
            {
                "DATABASE_URL": "postgresql://cairn@db/cairn",
                "REDIS_URL": "redis://cache/0",
                "CAIRN_VAR": str(tmp_path),
                "PORT": "9000",
                "CAIRN_KEY": KEY,
                "CAIRN_LOG": "debug,json",
            }
        )
        assert settings.owner_database_url == settings.database_url
        assert settings.key_file == tmp_path / "cairn.key"
        assert settings.key == bytes(range(32))
        assert (settings.log_level, settings.log_format) == ("debug", "json")

    @pytest.mark.parametrize(
        ("given", "told"),
        [
            ({}, "http://127.0.0.1:8000"),
            ({"PORT": "9000", "CAIRN_HOST": "::1"}, "http://[::1]:9000"),
            ({"CAIRN_PUBLIC_URL": "https://cairn.example/"}, "https://cairn.example"),
        ],
    )
    def test_knows_where_others_reach_the_api(self, given, told):
        assert Settings.from_env({"HOME": "/", **given}).public_url == told

    @pytest.mark.parametrize(
        "url",
        [
            "redis://host",
            "redis://host/",
            "rediss://anna:a%2Fb%23@host:7000/3",
            "redis://[::1]:6379?db=2",
            "unix://:word@/run/our%20files/redis.sock?db=1",
        ],
    )
    def test_takes_every_form_of_a_redis_url(self, url):
        assert Settings.from_env({"REDIS_URL": url}).redis_url == url

    def test_counts_an_empty_value_as_not_set(self):
        assert Settings.from_env({"DATABASE_URL": "", "PORT": ""}).port == 8000

    @pytest.mark.parametrize("name", MAY_LIE_IN_A_FILE)
    def test_reads_a_secret_from_the_file_it_is_told(self, tmp_path, name):
        (tmp_path / "secret").write_text("redis://:hush@cache/0\n")
        given = {f"{name}_FILE": str(tmp_path / "secret")}
        if name == "REDIS_URL":
            assert Settings.from_env(given).redis_url == "redis://:hush@cache/0"
        else:
            with pytest.raises(SettingRefused, match=name):
                Settings.from_env(given)

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("PORT", "0"),
            ("PORT", "65536"),
            ("PORT", "http"),
            ("PORT", "٣"),
            ("DATABASE_URL", "mysql://root:hush@db/cairn"),
            ("DATABASE_URL", "hush"),
            ("DATABASE_URL", "postgresql://[hush"),
            ("CAIRN_OWNER_DATABASE_URL", "redis://:hush@cache/0"),
            ("REDIS_URL", "http://hush"),
            ("REDIS_URL", "redis://host/hush"),
            ("REDIS_URL", "redis://host/0?db=hush"),
            ("REDIS_URL", "redis://:hush#@host/0"),
            ("REDIS_URL", "redis://:1/hush@host/0"),
            ("REDIS_URL", "unix://hush/redis.sock"),
            ("REDIS_URL", "unix://"),
            ("CAIRN_KEY", "hush"),
            ("CAIRN_KEY", KEY + "hush"),
            ("CAIRN_LOG", "loud"),
            ("CAIRN_PUBLIC_URL", "ftp://hush"),
            ("CAIRN_WEBHOOKS", "everywhere"),
            ("CAIRN_LEASE_SECONDS", "0"),
            ("CAIRN_LEASE_SECONDS", "61"),
            ("CAIRN_LEASE_SECONDS", "0.5"),
            ("CAIRN_CORS_ORIGINS", "*"),
            ("CAIRN_CORS_ORIGINS", "null"),
            ("CAIRN_CORS_ORIGINS", "https://*.example.org"),
            ("CAIRN_CORS_ORIGINS", "https://app.example.org/"),
            ("CAIRN_CORS_ORIGINS", "https://App.example.org"),
            ("CAIRN_CORS_ORIGINS", "https://app.example.org:443"),
            ("CAIRN_CORS_ORIGINS", "https://anna@app.example.org"),
            ("CAIRN_CORS_ORIGINS", "http://app.example.org"),
            ("CAIRN_CORS_ORIGINS", "https://app.example.org http://localhost"),
            ("CAIRN_CORS_ORIGINS", "https://app.exämple.org"),
            ("CAIRN_CORS_ORIGINS", "https://app.example.org;https://b.example.org"),
            ("DATABASE_URL_FILE", "/nowhere/at/all"),
        ],
    )
    def test_refuses_a_value_that_cannot_be_used_and_names_the_setting(self, name, value):
        with pytest.raises(SettingRefused, match=name) as refused:
            Settings.from_env({name: value})
        assert "hush" not in str(refused.value)


class TestEnvironment:
    def test_gives_a_child_the_same_settings(self, tmp_path):
        settings = Settings.from_env(
            {
                "DATABASE_URL": "postgresql://cairn@db/cairn",
                "CAIRN_OWNER_DATABASE_URL": "postgresql://owner@db/cairn",
                "REDIS_URL": "unix:///tmp/redis.sock",
                "CAIRN_VAR": str(tmp_path),
                "CAIRN_KEY": KEY,
                "CAIRN_LOG": "warning",
                "CAIRN_PUBLIC_URL": "https://cairn.example",
                "CAIRN_WEBHOOKS": "any",
                "CAIRN_LEASE_SECONDS": "1",
            }
        )
        owner = settings.database_url  # A child is not told who owns the tables.
        expected = msgspec.structs.replace(settings, owner_database_url=owner)
        assert Settings.from_env(settings.environment()) == expected

    def test_gives_a_child_nothing_of_the_owner_of_the_tables(self, monkeypatch, tmp_path):
        (tmp_path / "owner").write_text("postgresql://owner:hush@db/cairn")
        for name, value in (
            ("DATABASE_URL", "postgresql://cairn@db/cairn"),
            ("CAIRN_OWNER_DATABASE_URL", "postgresql://owner:hush@db/cairn"),
            ("CAIRN_OWNER_DATABASE_URL_FILE", str(tmp_path / "owner")),
            ("STONE", "granite"),
        ):
            monkeypatch.setenv(name, value)
        settings = Settings.from_env()
        assert settings.owner_database_url == "postgresql://owner:hush@db/cairn"
        environment = settings.environment()
        assert [name for name in environment if "OWNER" in name] == []
        assert "hush" not in str(environment)
        assert environment["STONE"] == "granite"


def test_a_traceback_shows_no_secret():
    settings = Settings.from_env(
        {"DATABASE_URL": "postgresql://cairn:hush@db/cairn", "CAIRN_KEY": KEY}
    )
    assert "hush" not in repr(settings)
    assert "\\x01" not in repr(settings)


def test_every_setting_is_explained():
    assert all(sentence.endswith(".") for sentence in SETTINGS.values())
