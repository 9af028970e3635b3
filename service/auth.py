"""Who is asking: signed bearer tokens, and what each role may do.

A token is a JSON Web Token (RFC 7519) signed with HMAC-SHA-256; its key is derived from the master
key, so whoever holds that key, and nobody else, can issue one. It names a practice, a role and a
subject; that of an operator names no practice, and opens the metrics of the installation alone. So
does the scrape key, which is no token: it is set, does not expire, and is changed to revoke it.
No token is needed for the health checks, which say nothing about anybody, and for the API
page with its document and the explanations of refusals, which are the same for everybody: a
newcomer reads them before having a token. Everything else, the metrics included, asks for one.
"""

import hmac
import math
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal, cast, get_args
from uuid import UUID

import jwt
import msgspec

from events.refusals import NotFound

Role = Literal["clinician", "client", "auditor", "app", "operator"]
ROLES: tuple[Role, ...] = get_args(Role)
# Of no practice: what an operator's token names, so that no record is theirs to read.
NO_PRACTICE = UUID(int=0)
ISSUER = "cairn"
ALGORITHM = "HS256"
TOKEN_LIFETIME = timedelta(days=30)
REMEMBERED_TOKENS = 10_000
TOKEN_LIMIT = 4096
SUBJECT_LIMIT = 64


class TokenRefused(Exception):
    """No bearer token came that is valid now: send one that `cairn token` has printed lately."""


class RoleNotAllowed(Exception):
    """Your role does not allow this: ask with a token of a role that does."""


class SubjectRefused(Exception):
    """A client's token needs the client's id as its subject; other subjects have 1 to 64 letters, digits, dots, dashes or underscores."""  # noqa: E501 - one sentence, read by people


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks, and in which practice. A client's subject is their client id."""

    practice_id: UUID
    role: Role
    subject: str
    expires_at: float

    @property
    def actor(self) -> str:
        """How the log names them: a role and a pseudonym."""
        return f"{self.role}:{self.subject}"

    @property
    def client_id(self) -> UUID | None:
        """The one client whose record is theirs; None where the whole practice is."""
        return UUID(self.subject) if self.role == "client" else None

    def require_client(self, client_id: UUID | None) -> None:
        """Raises NotFound where the record is another client's: its existence is not told."""
        own = self.client_id
        if own is not None and own != client_id:
            raise NotFound


# Whoever holds a scrape key.
SCRAPER = Principal(
    practice_id=NO_PRACTICE, role="operator", subject="scraper", expires_at=math.inf
)


def issue_token(
    secret: bytes,
    *,
    practice_id: UUID,
    role: Role,
    subject: str,
    now: datetime | None = None,
    lifetime: timedelta = TOKEN_LIFETIME,
) -> str:
    """A signed token. `secret` is MasterKey.derive("tokens"). Raises SubjectRefused.

    An operator's is of no practice, whichever is named.
    """
    issued_at = now or datetime.now(UTC)
    claims = {
        "iss": ISSUER,
        "sub": believable_subject(role, subject),
        "practice": str(NO_PRACTICE if role == "operator" else practice_id),
        "role": role,
        "iat": issued_at,
        "exp": issued_at + lifetime,
    }
    return jwt.encode(claims, secret, algorithm=ALGORITHM)


def believable_subject(role: Role, subject: str) -> str:
    """The subject as a token may carry it. Raises SubjectRefused."""
    if role == "client":
        try:
            return str(UUID(subject))
        except ValueError:
            raise SubjectRefused from None
    plain = subject.replace(".", "").replace("-", "").replace("_", "")
    if not (plain.isascii() and plain.isalnum() and len(subject) <= SUBJECT_LIMIT):
        raise SubjectRefused
    return subject


class Tokens:
    """Verifies tokens, and remembers those it has verified until they expire.

    Any of the `scrape_keys` opens the metrics, and nothing else.
    """

    def __init__(
        self,
        secret: bytes,
        *,
        clock: Callable[[], float] = time.time,
        scrape_keys: Sequence[str] = (),
    ) -> None:
        self._secret = secret
        self._clock = clock
        self._scrape_keys = [key.encode() for key in scrape_keys]
        self._verified: OrderedDict[bytes, Principal] = OrderedDict()

    def scraper(self, authorization: bytes) -> Principal:
        """Who reads the metrics: by a scrape key, or as `principal`. Raises TokenRefused."""
        scheme, _, credential = authorization.partition(b" ")
        # Each is compared, and whole: how long it takes tells nothing of a key.
        same = [hmac.compare_digest(key, credential.strip()) for key in self._scrape_keys]
        if scheme.lower() == b"bearer" and any(same):
            return SCRAPER
        return self.principal(authorization)

    def principal(self, authorization: bytes) -> Principal:
        """Whoever an Authorization header stands for. Raises TokenRefused."""
        known = self._verified.get(authorization)
        if known is None:
            known = self._verify(authorization)
            self._verified[authorization] = known
            while len(self._verified) > REMEMBERED_TOKENS:
                self._verified.popitem(last=False)
        if known.expires_at <= self._clock():
            raise TokenRefused
        return known

    def claimed(self, authorization: bytes) -> Principal | None:
        """Whoever a header stood for while its token was valid; None where it is no token of ours.

        Nothing may be read or written by it.
        """
        try:
            return self._verify(authorization)
        except TokenRefused:
            return None

    def _verify(self, authorization: bytes) -> Principal:
        scheme, _, token = authorization.partition(b" ")
        if scheme.lower() != b"bearer" or len(token) > TOKEN_LIMIT:
            raise TokenRefused
        try:
            claims = jwt.decode(
                token.strip(),
                self._secret,
                algorithms=[ALGORITHM],
                issuer=ISSUER,
                options={
                    "require": ["exp", "iat", "iss", "sub", "practice", "role"],
                    # The clock is this object's own, and is asked again on every use.
                    "verify_exp": False,
                    # A clock that is a little ahead where the token was made is no forgery.
                    "verify_iat": False,
                },
            )
            role = claims["role"]
            if role not in ROLES:
                raise TokenRefused
            return Principal(
                practice_id=NO_PRACTICE if role == "operator" else UUID(claims["practice"]),
                role=cast("Role", role),
                subject=believable_subject(role, claims["sub"]),
                expires_at=float(claims["exp"]),
            )
        except (jwt.InvalidTokenError, SubjectRefused, ValueError, TypeError, AttributeError):
            raise TokenRefused from None
