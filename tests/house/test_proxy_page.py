"""docs/proxy.md says what the API does, in numbers and in names."""

import re

import pytest

from service import cors
from service.bodies import BODY_LIMIT_BYTES
from service.form_door import BODY_SECONDS
from service.limits import LIMITS
from service.problems import catalogue
from service.streams import Bounds
from tests.house.tree import ROOT

PAGE = (ROOT / "docs" / "proxy.md").read_text(encoding="utf-8")
ROWS = {
    cells[0]: cells[1:]
    for cells in (
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in PAGE.splitlines()
        if line.startswith("| ")
    )
}
KIB = 1024


@pytest.mark.parametrize(
    ("limit", "value"),
    [
        ("headers of a request", f"{LIMITS.headers}"),
        ("request line and headers together", f"{LIMITS.head_bytes // KIB} KiB"),
        ("address with its query", f"{LIMITS.address_bytes // KIB} KiB"),
        ("time for the headers, from their first byte", f"{LIMITS.head_seconds:g} s"),
        ("time without a byte of a body", f"{LIMITS.body_seconds:g} s"),
        ("time for the whole body of a form", f"{BODY_SECONDS:g} s"),
        ("time without a request on an open connection", f"{LIMITS.idle_seconds:g} s"),
        ("time in which a peer takes nothing of an answer", f"{LIMITS.untaken_seconds:g} s"),
        ("body", f"{BODY_LIMIT_BYTES // KIB} KiB"),
        ("connections, streams not counted", f"{LIMITS.connections:,}"),
        (
            "streams",
            f"{Bounds().in_all:,}, and {Bounds().per_principal} for one subject of a token",
        ),
    ],
)
def test_each_limit_is_as_it_is_told(limit: str, value: str):
    assert ROWS[limit][0] == value


def test_every_limit_is_tried_above_and_every_problem_is_one():
    assert len(ROWS) == 11 + 2  # The heading, and the line below it.
    named = set(re.findall(r"`([a-z]+(?:-[a-z]+)+)`", "".join(cells[1] for cells in ROWS.values())))
    assert {"headers-too-large", "connections-taken"} < named <= set(catalogue())
    beyond = LIMITS.connections + LIMITS.refused_connections
    assert f"Of connections beyond {beyond:,} nothing is read" in PAGE


def test_the_headers_of_pages_are_those_that_are_told():
    for headers in (cors.SENT, cors.READ):
        *others, last = headers.decode().split(", ")
        told = ", ".join(f"`{one}`" for one in others) + f" and `{last}`"
        assert told in " ".join(PAGE.split())
