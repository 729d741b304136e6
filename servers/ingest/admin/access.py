"""Who may see the dashboard: a role in the signed session, asked at one place for every part."""

from __future__ import annotations

import enum
import hmac
import time
from typing import NamedTuple

from aiohttp import web

from servers.ingest.http.origins import is_same_host
from servers.ingest.http.session import Signer
from servers.ingest.refusal import Refusal

ROLE = "admin"
SECRET_CHARACTERS = 16
"""The fewest that an admin's secret may have."""


class AdminPart(enum.StrEnum):
    """What there is to see, each asked for apart."""

    SIGN_IN = "sign_in"
    PAGE = "page"
    FIGURES = "figures"
    USERS = "users"
    TIMELINE = "timeline"
    EXPORT = "export"
    FEED = "feed"


class Admin(NamedTuple):
    """An admin who was let in, until ``ends_s`` (epoch seconds)."""

    user: str
    ends_s: float

    @property
    def is_over(self) -> bool:
        """Return whether the role has ended since."""
        return self.ends_s <= time.time()


class Access:
    """Lets admins in and no other user; without a secret there is no admin."""

    def __init__(self, signer: Signer, secret: str, lifetime_s: float) -> None:
        self._signer = signer
        self._secret = secret.encode()
        self.lifetime_s = lifetime_s

    def admit(self, request: web.Request, part: AdminPart) -> Admin:
        """Return the admin who asks for ``part``; raise Refusal 401 or 403.

        Nothing but the signed session is read: no header and no query makes an admin.
        """
        check_origin(request, part)
        claim = self._signer.session_of(request)
        if claim is None:
            raise Refusal(401, "not_signed_in", "no valid session; sign in as an admin")
        if claim.role != ROLE or not self._secret:
            raise Refusal(403, "not_admin", "the session is not an admin's")
        admin = Admin(claim.user, claim.issued_s + self.lifetime_s)
        if admin.is_over:
            raise Refusal(401, "admin_expired", "the admin's session has ended; sign in again")
        return admin

    def is_secret(self, text: str) -> bool:
        """Return whether ``text`` is the admins' secret, in a time that does not tell how near."""
        return bool(self._secret) and hmac.compare_digest(
            text.encode("utf-8", "surrogatepass"), self._secret
        )


def check_origin(request: web.Request, part: AdminPart) -> None:
    """Raise Refusal 403 for a request that another site's page makes.

    The origins that may send impressions are no exception. A socket needs an Origin: a browser
    always names one, and its cookies go along with any page that opens it. A link may lead to
    the page itself.
    """
    origin = request.headers.get("Origin")
    if origin is None:
        if part is AdminPart.FEED:
            raise Refusal(403, "origin_missing", "a feed is opened from a page of this site")
    elif not is_same_host(request, origin):
        raise Refusal(403, "origin_foreign", "the dashboard is for pages of this site alone")
    site = request.headers.get("Sec-Fetch-Site", "none")
    if site not in ("none", "same-origin") and part is not AdminPart.PAGE:
        raise Refusal(403, "origin_foreign", "the dashboard is for pages of this site alone")
