"""Why Redis does not serve a worker, in one word: for a log line, and to make a sentence of.

The words are a closed list. What Redis itself says is left out: it may repeat a user's name.
"""

import asyncio
import socket
import ssl
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal
from urllib.parse import unquote, urlsplit

from redis.asyncio import Redis
from redis.exceptions import InvalidResponse, RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

RedisFault = Literal[
    "wrong_password",
    "password_missing",
    "password_not_asked_for",
    "not_permitted",
    "protected_mode",
    "no_such_database",
    "replica",
    "memory_full",
    "too_many_connections",
    "loading",
    "not_redis",
    "tls_refused",
    "host_unknown",
    "not_listening",
    "no_socket",
    "closed",
    "no_answer",
    "other",
]

LIMIT_SECONDS: Final = 5.0
# Redis says why it takes nobody before it hears a word, and it says so at once.
GREETING_SECONDS: Final = 1.0
# Below the keys that arq itself writes, so that a user with few rights may write this one too.
LOOKED: Final = "cairn:queue:looked"
# What Redis says (some words of it), and what that means. redis-py leaves out the first word.
SAID: Final[Mapping[str, RedisFault]] = MappingProxyType(
    {
        "invalid username-password pair": "wrong_password",
        "invalid password": "wrong_password",
        "Authentication required": "password_missing",
        "without any password configured": "password_not_asked_for",
        "but no password is set": "password_not_asked_for",
        "has no permissions": "not_permitted",
        "protected mode": "protected_mode",
        "DB index is out of range": "no_such_database",
        "read only replica": "replica",
        "OOM command not allowed": "memory_full",
        "command not allowed when used memory": "memory_full",
        "max number of clients": "too_many_connections",
        "loading the dataset": "loading",
    }
)


async def find_redis_fault(redis_url: str) -> RedisFault | None:
    """Ask Redis once, as a worker would: connect, log in, choose the database, write.

    Takes at most six seconds. Returns what is wrong, or None where Redis serves.
    """
    try:
        async with asyncio.timeout(LIMIT_SECONDS), Redis.from_url(redis_url) as client:
            await client.set(LOOKED, b"", px=1000)
    except (RedisError, OSError, TimeoutError) as error:
        fault = fault_of(error)
    else:
        return None
    return await hear_fault(redis_url) if fault == "closed" else fault


async def hear_fault(redis_url: str) -> RedisFault:
    """Connect and say nothing: a server that closes every connection says why first.

    Whoever speaks meanwhile may lose these words: then the system takes the connection back.
    """
    url = urlsplit(redis_url)
    try:
        async with asyncio.timeout(GREETING_SECONDS):
            if url.scheme == "unix":
                reader, writer = await asyncio.open_unix_connection(unquote(url.path))
            else:
                reader, writer = await asyncio.open_connection(url.hostname, url.port or 6379)
            try:
                told = (await reader.readline()).decode(errors="replace")
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return "closed"
    return next((fault for words, fault in SAID.items() if words in told), "closed")


def fault_of(error: BaseException) -> RedisFault:
    """The word for an error of redis-py, or for what that error comes from.

    >>> fault_of(ConnectionRefusedError())
    'not_listening'
    """
    for words, fault in SAID.items():
        if words in str(error):
            return fault
    found: RedisFault = "other"
    cause: BaseException | None = error
    while cause is not None:
        match cause:
            case ssl.SSLError():
                return "tls_refused"
            case socket.gaierror():
                return "host_unknown"
            case FileNotFoundError() | PermissionError():
                return "no_socket"
            case ConnectionRefusedError():
                return "not_listening"
            case InvalidResponse():
                return "not_redis"
            case TimeoutError() | RedisTimeoutError():
                return "no_answer"
            case _ if is_about_an_end(cause):
                found = "closed"
        cause = cause.__cause__ or cause.__context__
    return found


def is_about_an_end(error: BaseException) -> bool:
    """Whether the other side has closed the connection, as far as the error tells."""
    words = ("closed by server", "Connection lost", "reset by peer", "Broken pipe")
    return any(one in str(error) for one in words)
