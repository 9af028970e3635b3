"""/schema and /problems: the API's documents, a page to browse it, and every refusal explained.

They are the same for everybody and hold nothing about anybody, so they need no token. Everything
the page loads comes from here: it works without the internet.
"""

from functools import lru_cache
from html import escape
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import msgspec
from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.params import FromPath
from litestar.response import Redirect

from events.refusals import NotFound
from service import asyncapi, event_schemas
from service.problems import catalogue, codes_told, sentence_of, status_of, title_of

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Cairn: the API</title>
<link rel="icon" type="image/png" href="/schema/assets/favicon-32x32.png">
<link rel="stylesheet" href="/schema/assets/swagger-ui.css">
</head>
<body>
<div id="page"></div>
<script src="/schema/assets/swagger-ui-bundle.js"></script>
<script src="/schema/assets/start.js"></script>
</body>
</html>
"""
START = """window.ui = SwaggerUIBundle({
  url: "/schema/openapi.json",
  dom_id: "#page",
  deepLinking: true,
  persistAuthorization: true,
  displayRequestDuration: true,
  docExpansion: "list",
  validatorUrl: null,
});
"""
EXPLANATION = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
</head>
<body>
<h1>{title}</h1>
{text}
</body>
</html>
"""
ASSETS: Final = {
    "swagger-ui.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
    "favicon-32x32.png": "image/png",
}
# The page runs its own scripts only, and talks to this address only.
POLICY = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'"
HTML = "text/html"  # litestar says the charset.
KEEP = {"Cache-Control": "public, max-age=86400"}

AnyRequest = Request[Any, Any, State]


def html(text: str) -> Response[str]:
    return Response(text, media_type=HTML, headers={"Content-Security-Policy": POLICY})


@lru_cache(maxsize=len(ASSETS))
def asset(name: str) -> bytes:
    """A file of Swagger UI. The package that carries it is a Flask extension: not imported."""
    found = find_spec("flask_swagger_ui")
    if found is None or not found.submodule_search_locations:
        raise RuntimeError("flask-swagger-ui is not installed")
    return (Path(found.submodule_search_locations[0]) / "dist" / name).read_bytes()


@get("/")
async def show_first_page() -> Redirect:
    """Whoever opens the bare address wants to read."""
    return Redirect("/schema", status_code=302)


@get("/schema")
async def show_api_page() -> Response[str]:
    """The API page."""
    return html(PAGE)


@get("/schema/openapi.json")
async def show_openapi(request: AnyRequest) -> Response[bytes]:
    """The OpenAPI 3.1 document."""
    return Response(request.app.state.document, media_type="application/vnd.oai.openapi+json")


@get("/schema/asyncapi.json")
async def show_asyncapi(request: AnyRequest) -> Response[bytes]:
    """The AsyncAPI 3 document: what those who follow are sent, and where."""
    text = asyncapi.encoded(public_url(request))
    return Response(text, media_type=asyncapi.MEDIA_TYPE, headers=KEEP)


@get("/schema/events")
async def list_event_types(request: AnyRequest) -> Response[bytes]:
    """Every type of event, with the address of its schema."""
    text = msgspec.json.encode(event_schemas.listed(public_url(request)))
    return Response(text, media_type="application/json", headers=KEEP)


@get("/schema/events/{type_:str}")
async def show_event_schema(request: AnyRequest, type_: FromPath[str]) -> Response[bytes]:
    """The JSON Schema of what is told of a type of event."""
    text = event_schemas.encoded(public_url(request)).get(type_)
    if text is None:
        raise NotFound
    return Response(text, media_type=event_schemas.MEDIA_TYPE, headers=KEEP)


@get("/schema/assets/{name:str}")
async def show_asset(name: FromPath[str]) -> Response[bytes]:
    """What the API page is made of."""
    if name == "start.js":
        return Response(START.encode(), media_type="text/javascript", headers=KEEP)
    if name not in ASSETS:
        raise NotFound
    return Response(asset(name), media_type=ASSETS[name], headers=KEEP)


@get("/problems")
async def list_problems() -> Response[str]:
    """Every refusal there is."""
    rows = "".join(
        f'<dt><a href="/problems/{slug}">{escape(title_of(slug))}</a> ({status_of(refusal)})</dt>'
        f"<dd>{escape(sentence_of(refusal))}</dd>\n"
        for slug, refusal in catalogue().items()
    )
    return html(EXPLANATION.format(title="Refusals", text=f"<dl>\n{rows}</dl>"))


@get("/schema/problems.json")
async def list_codes() -> Response[bytes]:
    """Every refusal there is, for programs."""
    return Response(msgspec.json.encode(codes_told()), media_type="application/json", headers=KEEP)


@get("/problems/{slug:str}")
async def show_problem(slug: FromPath[str]) -> Response[str]:
    """What a refusal means, and what to do."""
    refusal = catalogue().get(slug)
    if refusal is None:
        raise NotFound
    text = (
        f"<p>{escape(sentence_of(refusal))}</p>\n"
        f"<p>Status {status_of(refusal)}, type <code>/problems/{slug}</code>. "
        '<a href="/problems">All refusals</a>.</p>'
    )
    return html(EXPLANATION.format(title=escape(title_of(slug)), text=text))


def public_url(request: AnyRequest) -> str:
    url: str = request.state.cairn.public_url
    return url


def encoded(document: dict[str, Any]) -> bytes:
    return msgspec.json.encode(document)


handlers = (
    show_first_page,
    show_api_page,
    show_openapi,
    show_asyncapi,
    list_event_types,
    show_event_schema,
    show_asset,
    list_problems,
    list_codes,
    show_problem,
)
