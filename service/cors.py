"""Which pages of other origins may read answers (CORS, https://fetch.spec.whatwg.org).

None, unless CAIRN_CORS_ORIGINS names them. A token goes in a header that a page sets itself, so
that cookies are neither needed nor allowed (no Access-Control-Allow-Credentials, ever).
"""

from typing import Final

from litestar.types import HTTPScope

from service.passing import Headers

METHODS: Final = b"GET, HEAD, POST, PUT, PATCH, DELETE"
SENT: Final = (
    b"Authorization, Cairn-Position, Content-Type, Idempotency-Key, If-Match, Last-Event-ID"
)
# What a page may read of an answer beside its body and its type.
READ: Final = (
    b"Allow, Cairn-Position, ETag, Idempotency-Replayed, Location, Retry-After, WWW-Authenticate, "
    b"X-Request-ID"
)
# How long a browser need not ask again.
PREFLIGHT_SECONDS: Final = b"600"


class Cors:
    """Answers to pages of the `origins`, each as a browser writes it: https://app.example.org."""

    def __init__(self, origins: frozenset[str] = frozenset()) -> None:
        self._origins = frozenset(origin.encode() for origin in origins)

    def headers(self, scope: HTTPScope) -> Headers:
        """What every answer to this request carries."""
        if not self._origins:
            return []
        # Whatever keeps the answer must not give it to a page of another origin.
        varying = [(b"vary", b"Origin")]
        origin = self._allowed(scope)
        if origin is None:
            return varying
        return [
            *varying,
            (b"access-control-allow-origin", origin),
            (b"access-control-expose-headers", READ),
        ]

    def preflight(self, scope: HTTPScope) -> Headers | None:
        """What a browser that asks beforehand is told; None where it does not, or may not.

        Such a question comes without a token, so that it must not need one.
        """
        if scope["method"] != "OPTIONS" or self._allowed(scope) is None:
            return None
        if not any(name == b"access-control-request-method" for name, _ in scope["headers"]):
            return None
        return [
            (b"access-control-allow-methods", METHODS),
            (b"access-control-allow-headers", SENT),
            (b"access-control-max-age", PREFLIGHT_SECONDS),
        ]

    def _allowed(self, scope: HTTPScope) -> bytes | None:
        """The origin of the page that asks, where it is one of ours."""
        for name, value in scope["headers"]:
            if name == b"origin":
                return value if value in self._origins else None
        return None
