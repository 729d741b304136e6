"""Who is speaking: a signed cookie, no table behind it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import time
from typing import NamedTuple

from aiohttp import web
from multidict import CIMultiDictProxy

from servers.ingest.admission.remembered import Remembered

COOKIE = "impressions_session"
LIFETIME_S = 30 * 24 * 3600
_CACHED_BYTES = 8 << 20
_COOKIES_BYTES = 1 << 10


class Claim(NamedTuple):
    """What a verified cookie says: the user, when it was issued (epoch seconds), the tier, and the
    role, None for an ordinary user."""

    user: str
    issued_s: int
    tier: str | None = None
    role: str | None = None


class Signer:
    """Signs user ids with HMAC-SHA256 and reads them back; the same secret accepts old cookies."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._known = Remembered[str, Claim](key_bytes=_COOKIES_BYTES, total_bytes=_CACHED_BYTES)

    def sign(
        self,
        user: str,
        *,
        at_s: int | None = None,
        tier: str | None = None,
        role: str | None = None,
    ) -> str:
        """Return the cookie value for ``user``, issued now or ``at_s`` (epoch seconds).

        ``tier`` and ``role`` are plain text; raise ValueError for one with a dot, which would be
        read as another role.
        """
        if "." in (tier or "") or "." in (role or ""):
            raise ValueError("a tier or a role with a dot")
        issued = int(time.time()) if at_s is None else at_s
        name = base64.urlsafe_b64encode(user.encode()).decode().rstrip("=")
        claim = ".".join([name, str(issued), *([tier or ""] if tier or role else [])])
        claim += f".{role}" if role else ""
        return f"{claim}.{self._mac(claim)}"

    def read(self, value: str) -> str | None:
        """Return the user of a cookie value, or None when it is forged, broken or expired."""
        known = self.claim(value)
        return None if known is None else self.unexpired(known)

    def user_of(self, request: web.Request) -> str | None:
        """Return the signed-in user of ``request``, or None."""
        claim = self.session_of(request)
        return None if claim is None else claim.user

    def session_of(self, request: web.Request) -> Claim | None:
        """Return what the session of ``request`` says, or None without a valid one."""
        # The whole header is the key: a client sends the same one each time, and taking it apart
        # costs more than everything else that is done to a small batch before the database.
        header = cookies_of(request.headers)
        if header is None:
            return None
        known = self._known.get(header)
        if known is not None:
            return None if self.unexpired(known) is None else known
        value = cookie_of(header, COOKIE)
        known = None if value is None else self.claim(value)
        if known is None or self.unexpired(known) is None:
            return None
        self._known.put(header, known)
        return known

    def claim(self, value: str) -> Claim | None:
        """Return what a cookie value says, however old it is; None when it is forged or broken."""
        claim, _, mac = value.rpartition(".")
        # A header may hold any byte: those that are not UTF-8 came as lone surrogates.
        if not hmac.compare_digest(_raw(mac), _raw(self._mac(claim))):
            return None
        name, _, rest = claim.partition(".")
        issued, _, more = rest.partition(".")
        tier, _, role = more.partition(".")
        try:
            user = base64.urlsafe_b64decode(name + "=" * (-len(name) % 4)).decode()
            return Claim(user, int(issued), tier or None, role or None)
        except (ValueError, binascii.Error):  # signed by us and yet broken: another version's
            return None

    def unexpired(self, claim: Claim) -> str | None:
        """Return the user of a verified cookie, or None when it is too old by now."""
        return claim.user if claim.issued_s + LIFETIME_S > time.time() else None

    def _mac(self, claim: str) -> str:
        digest = hmac.digest(self._secret, _raw(claim), hashlib.sha256)
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def cookies_of(headers: CIMultiDictProxy[str]) -> str | None:
    """Return the Cookie header, several joined as one; None where there is none."""
    found = headers.getall("Cookie", ())
    return "; ".join(found) if found else None


def cookie_of(header: str, name: str) -> str | None:
    """Return one cookie of a Cookie header, without the quotes that may be around it.

    None when it is not there, or there twice: nothing tells which of the two is meant.
    """
    values = [
        value
        for key, equals, value in (part.strip(" \t").partition("=") for part in header.split(";"))
        if equals and key == name
    ]
    if len(values) != 1:
        return None
    value = values[0]
    return value[1:-1] if len(value) >= 2 and value[0] == value[-1] == '"' else value


def _raw(text: str) -> bytes:
    """Return a header's text as the bytes that came."""
    return text.encode("utf-8", "surrogateescape")


def set_cookie(
    response: web.Response, value: str, *, secure: bool, lifetime_s: int = LIFETIME_S
) -> None:
    """Put the session on ``response``: not readable by scripts, not sent from other sites."""
    response.set_cookie(
        COOKIE,
        value,
        max_age=lifetime_s,
        path="/",
        httponly=True,
        samesite="Lax",
        secure=secure,
    )
