"""The one way a request is turned down: a status, a code for machines, a sentence for people."""

from __future__ import annotations

import msgspec
from aiohttp import web


class Refusal(Exception):
    """A request was not carried out.

    ``code`` is stable and low in cardinality (it labels a metric). ``item`` is the index of the
    artwork id that was wrong. ``retry_after_s`` is set when a later try may succeed.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        item: int | None = None,
        retry_after_s: int | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.item = item
        self.retry_after_s = retry_after_s
        self.headers = headers or {}

    def response(self) -> web.Response:
        """Return the answer as JSON: ``error``, ``message`` and, where it applies, ``item``."""
        body: dict[str, object] = {"error": self.code, "message": self.message}
        if self.item is not None:
            body["item"] = self.item
        headers = dict(self.headers)
        if self.retry_after_s is not None:
            headers["Retry-After"] = str(self.retry_after_s)
        return json_response(body, status=self.status, headers=headers)


def json_response(
    body: object, *, status: int = 200, headers: dict[str, str] | None = None
) -> web.Response:
    """Return ``body`` as a JSON response."""
    return web.Response(
        body=msgspec.json.encode(body),
        status=status,
        content_type="application/json",
        headers=headers,
    )
