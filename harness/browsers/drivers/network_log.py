"""The requests of a browser context, as entries of an HTTP Archive (HAR 1.2).

Playwright's trace holds no network without snapshots, and snapshots inject scripts into the pages
under test: so the requests are listened to. Headers and bodies are left out, and of a query only
that there was one: they hold sessions and ids.
"""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from playwright.async_api import BrowserContext, Request, Response

MOST_REQUESTS = 2_000
"""The number of requests that are kept: an endless retry must not fill the memory."""


class NetworkLog:
    """Listens to a context from ``listen`` on, until ``clear`` begins anew."""

    def __init__(self) -> None:
        self._statuses: dict[Request, int] = {}
        self._entries: list[dict[str, Any]] = []

    def listen(self, context: BrowserContext) -> None:
        """Listen to the requests of the context's pages, future ones included."""
        context.on("response", self._on_response)
        context.on("requestfinished", self._on_end)
        context.on("requestfailed", self._on_end)

    def entries(self) -> list[dict[str, Any]]:
        """Return the requests that have ended, in the order of their ends."""
        return list(self._entries)

    def clear(self) -> None:
        """Forget the requests so far."""
        self._statuses.clear()
        self._entries.clear()

    def _on_response(self, response: Response) -> None:
        if len(self._statuses) < MOST_REQUESTS:
            self._statuses[response.request] = response.status

    def _on_end(self, request: Request) -> None:
        status = self._statuses.pop(request, 0)
        if len(self._entries) < MOST_REQUESTS:
            self._entries.append(entry_of(request, status))


def entry_of(request: Request, status: int) -> dict[str, Any]:
    """Return a request as an entry of a HAR; status 0: there was no answer."""
    timing = request.timing
    began = dt.datetime.fromtimestamp(max(0.0, timing["startTime"]) / 1000, dt.UTC)
    waited = max(0.0, timing["responseStart"])
    took = max(waited, timing["responseEnd"], 0.0)
    nothing: list[Any] = []
    message = {"httpVersion": "", "cookies": nothing, "headers": nothing, "headersSize": -1}
    return {
        "startedDateTime": began.isoformat(),
        "time": took,
        "request": message
        | {"method": request.method, "url": _shown(request.url), "queryString": [], "bodySize": -1},
        "response": message
        | {"status": status, "statusText": "", "redirectURL": "", "bodySize": -1}
        | {"content": {"size": -1, "mimeType": ""}},
        "cache": {},
        "timings": {"send": 0, "wait": waited, "receive": took - waited},
        "_resourceType": request.resource_type,
        "_failure": request.failure or "",
    }


def _shown(url: str) -> str:
    """Return an address without user, password, query and fragment."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, place, parts.path, "…" if parts.query else "", ""))
