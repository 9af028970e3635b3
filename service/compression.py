"""Compressed answers: which ones, and for whom.

Only what is read (GET) is compressed, and only text of a kilobyte or more. The length of a
compressed answer tells how much of it is the same: where a secret stands beside something that a
stranger can choose, the secret could be guessed letter by letter (BREACH). So an operation whose
answer has a secret in it is left out, and so is every answer to a command, which gives back what
was sent. litestar has a middleware for this, which knows neither of these, nor `gzip;q=0`.
"""

import asyncio
import zlib
from functools import lru_cache
from typing import Final

ENCODING: Final = b"gzip"
LEAST_BYTES: Final = 1_024
# Above this it is done in a thread: others are answered meanwhile.
LARGE_BYTES: Final = 32 * 1024
LEVEL: Final = 5
GZIP_WINDOW: Final = 31
# What says nothing about anybody, and is the same each time: who has no token reads it as well, so
# it is compressed once. Otherwise the largest of it takes 40 ms of a processor for each request.
DOCUMENTS: Final = ("/schema", "/problems")
MOST_DOCUMENTS: Final = 256
KINDS: Final = (b"text/html", b"text/css", b"text/javascript", b"text/plain", b"application/json")


def is_compressible(content_type: bytes) -> bool:
    """Whether this is a text that comes as a whole.

    >>> is_compressible(b"application/problem+json"), is_compressible(b"text/event-stream")
    (True, False)
    """
    kind = content_type.partition(b";")[0].strip().lower()
    return kind in KINDS or kind.endswith(b"+json")


def takes_gzip(accepted: bytes) -> bool:
    """Whether an Accept-Encoding header asks for gzip (RFC 9110, section 12.5.3).

    >>> takes_gzip(b"br, gzip;q=0.5"), takes_gzip(b"gzip;q=0, *"), takes_gzip(b"*")
    (True, False, True)
    """
    weights: dict[bytes, float] = {}
    for one in accepted.lower().split(b","):
        name, _, weight = one.partition(b";")
        try:
            weights[name.strip()] = float(weight.partition(b"=")[2]) if weight else 1.0
        except ValueError:
            weights[name.strip()] = 0.0  # It is malformed: the plain answer can not be wrong.
    return weights.get(ENCODING, weights.get(b"*", 0.0)) > 0


async def compressed(body: bytes, *, path: str) -> bytes:
    """The body as gzip. The same body gives the same bytes: there is no time in it."""
    compress = compressed_once if path.startswith(DOCUMENTS) else compressed_now
    if len(body) < LARGE_BYTES:
        return compress(body)
    return await asyncio.to_thread(compress, body)


def compressed_now(body: bytes) -> bytes:
    return zlib.compress(body, LEVEL, GZIP_WINDOW)


@lru_cache(maxsize=MOST_DOCUMENTS)
def compressed_once(body: bytes) -> bytes:
    return compressed_now(body)
