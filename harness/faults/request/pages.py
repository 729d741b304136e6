"""Changes to what a visitor's page is made of: a header, a script, a file more at the origin.

They are held like faults, but they break nothing: their rows are ``changed`` instead of ``acted``,
and no wait is excused by them (``disturbs`` is False). A page that was changed is never kept by
the browser, and while a change is held no page is answered "not modified": before and after are
not mixed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from harness.core.errors import UsageError
from harness.faults.request.answers import FeltByUse, Requests
from harness.faults.request.gateway import Gateway, Onward
from harness.faults.request.messages import Answer, Call, answer_of

_ASKS_IF_CHANGED = ("If-None-Match", "If-Modified-Since", "Range", "If-Range")
_SAYS_ITS_VERSION = ("ETag", "Last-Modified")
_PLACES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (rb"<head(?:\s[^>]*)?>", rb"<html(?:\s[^>]*)?>", rb"<!doctype[^>]*>")
)


class Headers(FeltByUse):
    """Answers to one path carry these headers too, in the place of any of the same name."""

    disturbs = False
    decides = False

    def __init__(
        self, gateway: Gateway, path: str, add: Mapping[str, str], *, times: int | None = None
    ) -> None:
        super().__init__(gateway, "headers added", Requests(path=path), times)
        self._add = dict(add)

    async def act(self, call: Call, onward: Onward) -> Answer:
        """Add them to whatever answer there is."""
        answer = await onward(call.without(*_ASKS_IF_CHANGED))
        if answer.is_silence:
            self.did_nothing()
            return answer
        self.acted(call, f"added {', '.join(self._add)}")
        rest = answer.without(*self._add, *_SAYS_ITS_VERSION)
        return rest.having(headers=(*rest.headers, *self._add.items()))


class Injects(FeltByUse):
    """A script runs in every HTML page before anything of the page's own.

    A page whose Content-Security-Policy forbids inline scripts does not run it; the row says when
    there is a policy. One of ``Headers`` stands in the row only if it was injected before.
    """

    disturbs = False
    decides = False

    def __init__(
        self,
        gateway: Gateway,
        script: str,
        *,
        path: str | None = None,
        times: int | None = None,
    ) -> None:
        if re.search(r"</script|<!--", script, re.IGNORECASE):
            raise UsageError("an injected script must not hold </script or <!--")
        super().__init__(gateway, "script injected", Requests(method="GET", path=path), times)
        self._tag = b"<script>" + script.encode() + b"</script>"

    def takes(self, call: Call) -> bool:
        """Take what asks for a page; a script or a picture stays as it is."""
        return "text/html" in (call.header("Accept") or "") and super().takes(call)

    async def act(self, call: Call, onward: Onward) -> Answer:
        """Put the script in, if what comes back is a page."""
        answer = await onward(call.without(*_ASKS_IF_CHANGED, "Accept-Encoding"))
        kind = (answer.header("Content-Type") or "").lower()
        plain = (answer.header("Content-Encoding") or "identity").lower() == "identity"
        if not kind.startswith("text/html") or not plain or not answer.body:
            self.did_nothing()
            return answer
        policy = answer.header("Content-Security-Policy")
        self.acted(call, f"injected a script{', the page has a policy' * (policy is not None)}")
        if "charset" not in kind:
            # The page's own <meta> counts only among its first 1,024 bytes, and is pushed back.
            kind = f"{kind}; charset=utf-8"
        body = _inserted(answer.body, self._tag)
        rest = answer.without(*_SAYS_ITS_VERSION, "Content-Type", "Content-Length")
        fields = (("Content-Type", kind), ("Content-Length", str(len(body))))
        return rest.having(headers=(*rest.headers, *fields), body=body)


class Serves(FeltByUse):
    """A file more at the origin, a service worker say; the target does not know of it."""

    disturbs = False

    def __init__(self, gateway: Gateway, path: str, content_type: str, body: bytes | str) -> None:
        super().__init__(gateway, "file served", Requests(method="GET", path=path), None)
        content = body.encode() if isinstance(body, str) else body
        self._answer = answer_of(200, "OK", content, Content_Type=content_type)

    async def act(self, call: Call, onward: Onward) -> Answer:
        """Answer with the file."""
        self.acted(call, f"served {len(self._answer.body)} bytes")
        return self._answer


def _inserted(page: bytes, tag: bytes) -> bytes:
    """Return the page with the tag as early as a parser runs it: first in the head."""
    for place in _PLACES:
        found = place.search(page)
        if found:
            return page[: found.end()] + tag + page[found.end() :]
    return tag + page
