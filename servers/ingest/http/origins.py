"""Which pages may speak to the server: its own, and an exact list. Nothing is ever mirrored."""

from __future__ import annotations

from urllib.parse import urlsplit

from aiohttp import web

from servers.ingest.refusal import Refusal

_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "content-type, content-encoding",
    "Access-Control-Max-Age": "600",
}


class Origins:
    """The origin rules."""

    def __init__(self, allowed: frozenset[str]) -> None:
        self._allowed = allowed

    def check(self, request: web.Request, *, required: bool) -> None:
        """Raise Refusal 403 for a foreign Origin, or for none where one is ``required``.

        A browser sends text/plain to any site without asking first; only the Origin tells whose
        page it was. A request without an Origin comes from no page, and has no cookie to abuse.
        """
        origin = request.headers.get("Origin")
        if origin is None:
            if required:
                raise Refusal(403, "origin_missing", "text/plain is taken only with an Origin")
        elif origin not in self._allowed and not is_same_host(request, origin):
            raise Refusal(403, "origin_foreign", "this Origin is not on the list")

    def headers(self, request: web.Request) -> dict[str, str]:
        """Return the CORS headers of an answer: only for an origin on the list."""
        origin = request.headers.get("Origin")
        if origin is None or origin not in self._allowed:
            return {}
        return {
            "Access-Control-Allow-Origin": origin,
            "Access-Control-Allow-Credentials": "true",
            "Access-Control-Expose-Headers": "Retry-After",
            "Vary": "Origin",
        }

    def preflight(self, request: web.Request) -> web.Response:
        """Return the answer to a preflight; a foreign origin gets no permission."""
        headers = self.headers(request)
        return web.Response(status=204, headers=headers | _PREFLIGHT if headers else {})


def is_same_host(request: web.Request, origin: str) -> bool:
    """Say whether ``origin`` is this server as the browser knows it.

    Only the host and port are compared: behind a proxy that ends TLS the schemes differ.
    """
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and parts.netloc.lower() == request.host.lower()
