"""What is wrong with Redis, as a sentence without secrets for the person who runs Cairn."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from workers.redis_faults import RedisFault

SENTENCES: Final[Mapping[RedisFault, str]] = MappingProxyType(
    {
        "wrong_password": "Redis refuses the user or the password in REDIS_URL. A character such "
        "as @, / or # in a password has to be percent-encoded",
        "password_missing": "Redis asks for a password, and REDIS_URL has none: "
        "redis://:PASSWORD@HOST:6379/0",
        "password_not_asked_for": "REDIS_URL has a password, and Redis has none: set requirepass "
        "there, or take the password out of REDIS_URL",
        "not_permitted": "The user in REDIS_URL may not do in Redis what the worker does: see "
        "ACL SETUSER",
        "protected_mode": "Redis is in protected mode and takes no connection from another "
        "machine: set requirepass there, and put the password into REDIS_URL",
        "no_such_database": "REDIS_URL names the number of a database that Redis does not have",
        "replica": "REDIS_URL names a replica, which takes no writes: name its primary",
        "memory_full": "Redis has no memory left for a write: see maxmemory",
        "too_many_connections": "Redis takes no more connections: see maxclients",
        "loading": "Redis is reading its files: wait a moment",
        "not_redis": "What answers at REDIS_URL is no Redis",
        "tls_refused": "The TLS of REDIS_URL does not work: its certificate is not trusted here, "
        "or Redis speaks no TLS on this port",
        "host_unknown": "The host in REDIS_URL is not known on this machine",
        "not_listening": "Nothing listens at the host and port in REDIS_URL",
        "no_socket": "There is no socket at the path in REDIS_URL, or this account may not use it",
        "closed": "Redis closes each connection at once: where it wants TLS, REDIS_URL begins "
        "with rediss://",
        "no_answer": "Redis does not answer at REDIS_URL",
        "other": "Redis does not serve: the log of Redis may say why",
    }
)
