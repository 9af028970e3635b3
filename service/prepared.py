"""What the first requests would otherwise make, made before a process says that it is ready."""

import msgspec
from litestar import Litestar
from litestar.routes import HTTPRoute

from events import crisis, instruments, moment, templates


def read_tables() -> None:
    """Read the files that come with Cairn and are the same for everybody."""
    moment.read_zones()
    instruments.known()
    templates.built_in()
    crisis.country_lines()
    crisis.notices()


def settle(app: Litestar) -> None:
    """Make of each route what litestar and msgspec make when it is first asked, and then keep."""
    for route in app.routes:
        if not isinstance(route, HTTPRoute):
            continue
        for handler in route.route_handlers:
            handler.resolve_request_class()
            handler.resolve_before_request()
            handler.get_response_handler()
            # Arguments are read by what msgspec knows of this type, from its first decoder on.
            msgspec.json.Decoder(handler.signature_model)
