"""An address of a database is told by its own fault, and no message repeats a password."""

from pathlib import Path

import pytest

from service.database_url import UrlRefused, read_database_url
from service.settings import SettingRefused, Settings


@pytest.mark.parametrize(
    ("url", "user"),
    [
        ("postgresql://a%40b:c@db/cairn", "a@b"),
        ("postgresql://one,two/cairn?user=cairn", "cairn"),
        ("postgresql:///cairn", None),
    ],
)
def test_the_login_is_named_wherever_the_address_has_it(url: str, user: str | None):
    assert read_database_url(url).user == user


GOOD = [
    ("postgresql://cairn@db/cairn", ["postgresql://cairn@db/cairn"]),
    ("postgres://cairn:a%40b@db:5433/cairn", ["postgresql://cairn:a%40b@db:5433/cairn"]),
    (
        "postgresql://cairn@one:5432,two:5433/cairn?target_session_attrs=read-write",
        [
            "postgresql://cairn@one:5432/cairn?target_session_attrs=read-write",
            "postgresql://cairn@two:5433/cairn?target_session_attrs=read-write",
        ],
    ),
    ("postgresql://cairn@[fe80::1%25eth0]/cairn", ["postgresql://cairn@[fe80::1%25eth0]/cairn"]),
    (
        "postgresql://cairn@[::1]:5432,two/cairn",
        [
            "postgresql://cairn@[::1]:5432/cairn?target_session_attrs=read-write",
            "postgresql://cairn@two/cairn?target_session_attrs=read-write",
        ],
    ),
    ("postgresql://cairn@one,two/cairn?port=1,2", None),
    (
        "postgresql://cairn@/cairn?host=/run/postgresql",
        ["postgresql://cairn@%2Frun%2Fpostgresql/cairn"],
    ),
    (
        "postgresql://cairn@/cairn?host=/run/a,/run/b&port=5433&target_session_attrs=any",
        [
            "postgresql://cairn@%2Frun%2Fa:5433/cairn?target_session_attrs=any",
            "postgresql://cairn@%2Frun%2Fb:5433/cairn?target_session_attrs=any",
        ],
    ),
    ("postgresql:///cairn", ["postgresql:///cairn"]),
    ("postgresql://db/?dbname=cairn&user=cairn@tenant", None),
]


@pytest.mark.parametrize(("text", "each"), GOOD)
def test_an_address_that_can_be_used_is_taken_host_by_host(text, each):
    found = read_database_url(text).one_per_host()
    assert each is None or found == each
    kept = Settings.from_env({"DATABASE_URL": text}).database_url
    assert kept is not None
    assert read_database_url(kept).one_per_host() == found


BAD = [
    ("", "begins with postgresql://"),
    ("hush", "begins with postgresql://"),
    ("mysql://root:hush@db/cairn", "begins with postgresql://"),
    ("postgresql:/db/hush", "begins with postgresql://"),
    ("postgresql://cairn:hu@sh@db/cairn", "%40"),
    ("postgresql://cairn:hu/sh@db/cairn", "%2F"),
    ("postgresql://cairn:12/hush@db/cairn", "%2F"),
    ("postgresql://cairn:12?hush@db/cairn", "%3F"),
    ("postgresql://cairn:hu#sh@db/cairn", "%23"),
    ("postgresql://cairn:hush%zz@db/cairn", "%25"),
    ("postgresql://cairn:hush%ff@db/cairn", "UTF-8"),
    ("postgresql://cairn:hu[sh@db/cairn", "%5B"),
    ("postgresql://cairn:hu sh@db/cairn", "%20"),
    ("postgresql://cairn:hush@db:http/cairn", "port"),
    ("postgresql://cairn:hush@db:0/cairn", "port"),
    ("postgresql://cairn:hush@db:65536/cairn", "port"),
    ("postgresql://cairn:hush@db:/cairn", "port"),
    ("postgresql://cairn:hush@one,two/cairn?port=1,2,3", "another number of ports"),
    ("postgresql://cairn:hush@one:5432/cairn?port=1", "ports in two places"),
    ("postgresql://cairn:hush@one/cairn?host=two", "hosts in two places"),
    ("postgresql://cairn:hush@one,,two/cairn", "empty host"),
    ("postgresql://cairn:hush@:5432/cairn", "empty host"),
    ("postgresql://cairn:hush@/cairn?port=5432", "without a host"),
    ("postgresql://cairn:hush@::1/cairn", "brackets"),
    ("postgresql://cairn:hush@db", "names no database"),
    ("postgresql://cairn:hush@db/", "names no database"),
    ("postgresql://cairn:hush@db/a/b", "more than one /"),
    ("postgresql://cairn:hush@db/cairn?sslmod=require", "sslmode may be meant"),
    ("postgresql://cairn:hush@db/cairn?channel_binding=hush", "not known"),
    ("postgresql://cairn:hush@db/cairn?sslmode=requir", "verify-full"),
    ("postgresql://cairn:hush@db/cairn?target_session_attrs=hush", "read-write"),
    ("postgresql://cairn:hush@db/cairn?sslmode", "without a value"),
    ("postgresql://cairn:hush@db/cairn?sslmode=require&sslmode=disable", "twice"),
    ("postgresql://cairn:hush@db/cairn?sslrootcert=/nowhere/at/all", "sslrootcert"),
]


@pytest.mark.parametrize(("text", "told"), BAD)
def test_an_address_that_can_not_be_used_is_refused_for_its_own_fault(text, told):
    with pytest.raises(UrlRefused) as refused:
        read_database_url(text)
    assert told in str(refused.value)
    assert "hush" not in str(refused.value)
    if text:
        with pytest.raises(SettingRefused, match="CAIRN_OWNER_DATABASE_URL"):
            Settings.from_env({"CAIRN_OWNER_DATABASE_URL": text})


def test_a_file_of_certificates_has_to_be_there(tmp_path: Path):
    file = tmp_path / "root.crt"
    text = f"postgresql://cairn@db/cairn?sslmode=verify-full&sslrootcert={file}"
    with pytest.raises(UrlRefused, match="sslrootcert"):
        read_database_url(text)
    file.touch()
    assert read_database_url(text).parameters["sslrootcert"] == str(file)
