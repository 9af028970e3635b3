"""Every read says the position that it shows, and of what is changed with If-Match the version."""

import json
import re
from typing import Any

from tests.service.answering import APP
from tests.service.conftest import Asker, House
from tests.service.in_one_house.test_who_may import belongings, planned

DOCUMENT: dict[str, Any] = json.loads(APP.state.document)
READS = [
    (path, methods["get"])
    for path, methods in DOCUMENT["paths"].items()
    if path.startswith("/v1/")
    and "get" in methods
    # A stream says so event by event.
    and "text/event-stream" not in methods["get"]["responses"]["200"]["content"]
]


def test_the_document_says_so_of_every_read() -> None:
    silent = [
        path
        for path, told in READS
        if "Cairn-Position" not in told["responses"]["200"].get("headers", {})
    ]
    assert silent == []


async def test_they_do(house: House, clinician: Asker) -> None:
    known = await belongings(house, clinician, await clinician.enrol())
    await planned(house, known["subscription_id"])
    clinician.reads_up_to(await house.cairn.store.head(house.practice_id))
    for path, told in READS:
        answer = await clinician.ask("GET", re.sub(r"{(\w+)}", lambda one: known[one[1]], path))
        assert answer.status_code == 200, path
        assert int(answer.headers["Cairn-Position"]) > 0, path
        assert ("ETag" in answer.headers) == ("ETag" in told["responses"]["200"]["headers"]), path


async def test_a_clients_etag_is_taken_by_what_changes_them(clinician: Asker) -> None:
    about = f"/v1/clients/{await clinician.enrol()}"
    seen = (await clinician.ask("GET", about)).headers["ETag"]
    await clinician.do("PATCH", about, {"display_name": "Anna K."}, If_Match=seen)
    late = await clinician.ask("PATCH", about, {"display_name": "Anna B."}, If_Match=seen)
    assert late.status_code == 412
    assert (await clinician.ask("GET", about)).headers["ETag"] != seen
