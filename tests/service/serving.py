"""The API with a projector beside it in one process of its own: `python -m tests.service.serving`.

Opens a practice, prints one line of JSON with its address and a token for each role, and serves
until SIGTERM. DATABASE_URL and CAIRN_KEY come from the environment, like everything else.
"""

from typing import Any
from uuid import UUID

import msgspec
import uvloop

from service.auth import ROLES, issue_token
from service.logs import configure
from service.server import serve_on
from service.serving import listen
from service.settings import Settings
from service.wiring import Cairn
from tests.service.conftest import open_practice, projecting


def tokens(cairn: Cairn, practice_id: UUID, client_id: UUID) -> dict[str, str]:
    return {
        role: issue_token(
            cairn.master.derive("tokens"),
            practice_id=practice_id,
            role=role,
            subject=str(client_id) if role == "client" else "tester",
        )
        for role in ROLES
    }


async def main() -> None:
    settings = Settings.from_env()
    configure(settings)
    with listen("127.0.0.1", 0) as listener:
        async with Cairn.open(settings) as cairn, projecting(cairn):
            practice_id = await open_practice(cairn)
            told: dict[str, Any] = {
                "url": f"http://127.0.0.1:{listener.getsockname()[1]}",
                "practice_id": practice_id,
                "tokens": tokens(cairn, practice_id, practice_id),
            }
            await serve_on(
                listener,
                cairn,
                ready=lambda: print(msgspec.json.encode(told).decode(), flush=True),
            )


if __name__ == "__main__":
    uvloop.run(main())
