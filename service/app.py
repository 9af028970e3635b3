"""The API as one ASGI application: the routes, behind the door."""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache

from litestar import Litestar, Response, route
from litestar.datastructures import State
from litestar.di import Provide
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler

from service import openapi, prepared
from service.asked import StrictRequest, asked, require_role
from service.auth import Tokens
from service.bodies import BODY_LIMIT_BYTES
from service.cors import Cors
from service.door import Door
from service.form_door import FormDoor
from service.metrics import Metrics
from service.problems import with_head
from service.refusing import answer
from service.routes import (
    assessments,
    check_ins,
    clients,
    feed,
    goal_attainment,
    goal_life,
    goal_periods,
    goal_review,
    goals,
    health,
    instruments,
    moods,
    practice,
    rest_days,
    safety,
    schema,
    sessions,
    subscription_events,
    subscriptions,
    suggestions,
    templates,
    trends,
)
from service.wiring import Cairn

MODULES = (
    clients,
    goals,
    goal_life,
    goal_periods,
    goal_review,
    templates,
    rest_days,
    goal_attainment,
    sessions,
    moods,
    assessments,
    check_ins,
    instruments,
    trends,
    feed,
    subscriptions,
    subscription_events,
    suggestions,
    safety,
    practice,
    health,
    schema,
)


def create_app(cairn: Cairn, *, origins: frozenset[str] = frozenset()) -> Door:
    """The application for one process. Whoever opened `cairn` closes it.

    Pages of the `origins` may read its answers.
    """
    metrics = Metrics(
        pool=cairn.pool,
        views=cairn.views,
        health=cairn.health,
        streams_open=cairn.streams.__len__,
        clock_difference=cairn.clocks.seconds_ahead,
    )
    app = create_routes(cairn.clock().date())
    tokens = Tokens(
        cairn.master.derive("tokens"),
        clock=lambda: cairn.clock().timestamp(),
        scrape_keys=cairn.scrape_keys,
    )
    return Door(
        app,
        cairn=cairn,
        tokens=tokens,
        metrics=metrics,
        forms=FormDoor(app, cairn),
        cors=Cors(origins),
    )


def methods_told(handlers: Sequence[HTTPRouteHandler]) -> list[HTTPRouteHandler]:
    """A route for OPTIONS at each address. litestar's own names only the method it met first."""
    methods: dict[str, set[str]] = {}
    for handler in handlers:
        for path in handler.paths:
            methods.setdefault(path, {"OPTIONS"}).update(with_head(handler.http_methods))
    return [tell_methods(path, ", ".join(sorted(taken))) for path, taken in methods.items()]


def tell_methods(path: str, allow: str) -> HTTPRouteHandler:
    @route(path, http_method=HttpMethod.OPTIONS, status_code=204)
    async def show_methods() -> Response[None]:
        """The methods that this address takes."""
        return Response(None, status_code=204, headers={"Allow": allow})

    return show_methods


@lru_cache(maxsize=2)
def create_routes(today: date) -> Litestar:
    """Every route, with its document; enough to describe the API, not to serve it.

    The routes hold nothing of one process: the door hands them `cairn` and `metrics` with each
    request. So they are made once for each day on which somebody asks for them.
    """
    handlers = [handler for module in MODULES for handler in module.handlers]
    app = Litestar(
        route_handlers=[*methods_told(handlers), *handlers],
        dependencies={"asked": Provide(asked)},
        before_request=require_role,
        exception_handlers={Exception: answer},
        request_class=StrictRequest,
        request_max_body_size=BODY_LIMIT_BYTES,
        # The document is made in service/openapi.py; the log is written by the door.
        openapi_config=None,
        logging_config=None,
        state=State(),
    )
    for _, _, handler, _ in openapi.operations(app):
        handler.opt["parameters"] = openapi.query_names(handler)
    app.state.document = schema.encoded(openapi.document(app, today=today))
    prepared.settle(app)
    return app
