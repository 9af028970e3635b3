"""Setting who is on duty, at every door: what else is on record is read beside the list."""

import msgspec

from events.practice import SetDuty
from events.practice_reading import clients_among
from events.store import Read
from events.transact import Prepare
from service.wiring import Cairn


def with_what_is_on_record(cairn: Cairn, wanted: SetDuty) -> Prepare[SetDuty]:
    """The command, with the clients on its list and the number of flags that are open now.

    Both are read before the command is decided, and not for a repeat of a recorded one. A flag that
    is raised in the instant after that is not counted: flags are a stream for each client, and
    nothing watches all of them. Such a flag waits as any other.
    """

    async def prepared(_read: Read) -> SetDuty:
        practice_id, open_flags = wanted.practice_id, 0
        clients = await clients_among(cairn.store, practice_id, wanted.duty)
        if not wanted.duty.people:
            known = await cairn.views.open_flags.of(practice_id)
            open_flags = sum(1 for _ in known.rows)
        return msgspec.structs.replace(wanted, clients=clients, open_flags=open_flags)

    return prepared
