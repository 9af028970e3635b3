"""create_app: the routes are shared, what a process holds is not."""

import httpx
from msgspec.structs import replace

from service.app import create_app
from service.wiring import Cairn


async def test_each_application_serves_with_what_it_was_made_for(settings):
    """The routes of two are the same: each request brings the parts of its own."""
    urls = ["https://one.example", "https://two.example"]
    told = []
    for url in urls:
        async with Cairn.open(replace(settings, public_url=url), connections=2) as cairn:
            transport = httpx.ASGITransport(create_app(cairn))  # type: ignore[arg-type]
            async with httpx.AsyncClient(transport=transport, base_url=url) as http:
                told.append((await http.get("/schema/asyncapi.json")).text)
    assert [[url in text for url in urls] for text in told] == [[True, False], [False, True]]
