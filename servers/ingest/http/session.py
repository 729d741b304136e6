"""Who is speaking: a signed cookie, no table behind it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import time

from aiohttp import web

COOKIE = "impressions_session"
LIFETIME_S = 30 * 24 * 3600
CACHED = 10_000

Claim = tuple[str, int]
"""What a verified cookie says: the user, and when it was issued (epoch seconds)."""


class Signer:
    """Signs user ids with HMAC-SHA256 and reads them back; the same secret accepts old cookies."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._known: dict[str, Claim] = {}

    def sign(self, user: str, *, at_s: int | None = None) -> str:
        """Return the cookie value for ``user``, issued now or ``at_s`` (epoch seconds)."""
        issued = int(time.time()) if at_s is None else at_s
        name = base64.urlsafe_b64encode(user.encode()).decode().rstrip("=")
        claim = f"{name}.{issued}"
        return f"{claim}.{self._mac(claim)}"

    def read(self, value: str) -> str | None:
        """Return the user of a cookie value, or None when it is forged, broken or expired."""
        known = self.claim(value)
        return None if known is None else self.unexpired(known)

    def user_of(self, request: web.Request) -> str | None:
        """Return the signed-in user of ``request``, or None."""
        # The whole header is the key: a client sends the same one each time, and taking it apart
        # costs more than everything else that is done to a small batch before the database.
        header = request.headers.get("Cookie")
        if header is None:
            return None
        known = self._known.get(header)
        if known is None:
            value = request.cookies.get(COOKIE)
            known = None if value is None else self.claim(value)
            if known is None:
                return None
            if len(self._known) >= CACHED:  # forget all: cheaper than order, and only a cache
                self._known.clear()
            self._known[header] = known
        return self.unexpired(known)

    def claim(self, value: str) -> Claim | None:
        """Return what a cookie value says, however old it is; None when it is forged or broken."""
        claim, _, mac = value.rpartition(".")
        if not hmac.compare_digest(mac.encode(), self._mac(claim).encode()):
            return None
        name, _, issued = claim.partition(".")
        try:
            user = base64.urlsafe_b64decode(name + "=" * (-len(name) % 4)).decode()
            return user, int(issued)
        except (ValueError, binascii.Error):  # signed by us and yet broken: another version's
            return None

    def unexpired(self, claim: Claim) -> str | None:
        """Return the user of a verified cookie, or None when it is too old by now."""
        user, issued_s = claim
        return user if issued_s + LIFETIME_S > time.time() else None

    def _mac(self, claim: str) -> str:
        digest = hmac.digest(self._secret, claim.encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def cookie_of(header: str, name: str) -> str | None:
    """Return one cookie of a Cookie header; None when it is not there, or there twice."""
    values = [
        value
        for key, equals, value in (part.strip().partition("=") for part in header.split(";"))
        if equals and key == name
    ]
    return values[0] if len(values) == 1 else None


def set_cookie(response: web.Response, value: str, *, secure: bool) -> None:
    """Put the session on ``response``: not readable by scripts, not sent from other sites."""
    response.set_cookie(
        COOKIE,
        value,
        max_age=LIFETIME_S,
        path="/",
        httponly=True,
        samesite="Lax",
        secure=secure,
    )
