"""The desk in front of the target: who is let in, and the harness's own pages and answers.

It stands in the gateway like a fault that decides: requests of the invited device go on to the
target, those under ``/harness/`` are answered here, and everybody else gets one clear line.
"""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from http.cookies import CookieError, SimpleCookie
from typing import Any

from harness.core.clock import NS_PER_S, now
from harness.faults.request.gateway import Gateway, Onward
from harness.faults.request.messages import Answer, Call, answer_of

COOKIE = "harness_device"
ROOT = "/harness/"
INVITED = ROOT + "i/"
_STRANGER = (
    "This page is for one device, and another one has it. Start `harness device` again for a new "
    "link.\n"
)

Route = Callable[[Call], Awaitable[Answer]]


class Desk:
    """An interceptor of the gateway. ``routes``: method and path below ``/harness/`` → handler.

    A path that ends in ``/`` takes every path below it too.
    """

    name = "desk"
    decides = True

    def __init__(self, gateway: Gateway, routes: Mapping[tuple[str, str], Route]) -> None:
        self.token = secrets.token_urlsafe(12)
        self.device_came = False
        self.closed_tabs: set[str] = set()
        """Tabs of steps that are over: what they still send must not reach another step's run."""
        self._cookie = ""
        self._heard_ns = 0
        self._gateway = gateway
        self._routes = routes

    @property
    def invitation(self) -> str:
        """Return the path of the one-time link."""
        return INVITED + self.token

    @property
    def silent_s(self) -> float:
        """Return for how long the device was not heard of."""
        return (now().mono_ns - self._heard_ns) / NS_PER_S

    def takes(self, call: Call) -> bool:
        """Take everything: every request must pass here."""
        return True

    async def act(self, call: Call, onward: Onward) -> Answer:
        """Answer it, or let it go on without the device's cookie, which is none of the target's."""
        if call.path.startswith(INVITED):
            return self._let_in(call)
        if not self._is_invited(call):
            return text_answer(403, _STRANGER)
        self._heard_ns = now().mono_ns
        if call.batch is not None and call.batch.tab in self.closed_tabs:
            return json_answer({"error": {"code": "late", "message": "this step is over"}}, 409)
        if not call.path.startswith(ROOT):
            return await onward(_without_cookie(call))
        route = self._route(call)
        if route is None:
            return text_answer(404, "There is no such page.\n")
        try:
            return await route(call)
        except (KeyError, TypeError, ValueError, IndexError) as error:
            # A device may send anything; only what we can read becomes evidence.
            return text_answer(400, f"This cannot be read: {error!r}\n")

    async def heal(self) -> None:
        """Step aside: from now on only the target lets requests in."""
        self._gateway.release(self)

    def _let_in(self, call: Call) -> Answer:
        """Spend the link on the first who opens it; who has the cookie may open it again."""
        if call.method != "GET" or not _same(call.path.removeprefix(INVITED), self.token):
            return text_answer(403, _STRANGER)
        if self._is_invited(call):
            return redirect(ROOT)
        if self.device_came:
            return text_answer(403, _STRANGER)
        self.device_came = True
        self._cookie = secrets.token_urlsafe(24)
        return redirect(ROOT, {COOKIE: self._cookie})

    def _is_invited(self, call: Call) -> bool:
        try:
            morsel = SimpleCookie(call.header("Cookie") or "").get(COOKIE)
        except CookieError:
            return False
        return bool(self._cookie) and _same(morsel.value if morsel else "", self._cookie)

    def _route(self, call: Call) -> Route | None:
        below = call.path.removeprefix(ROOT)
        exact = self._routes.get((call.method, below))
        folder = below.partition("/")[0] + "/"
        return exact or (self._routes.get((call.method, folder)) if "/" in below else None)


def text_answer(status: int, text: str) -> Answer:
    """Return an answer in one line of plain text."""
    reason = {403: "Forbidden", 404: "Not Found", 400: "Bad Request"}[status]
    return answer_of(status, reason, text.encode(), Content_Type="text/plain; charset=utf-8")


def json_answer(content: Mapping[str, Any], status: int = 200) -> Answer:
    """Return an answer in JSON."""
    body = json.dumps(content, ensure_ascii=False).encode()
    reason = "OK" if status == 200 else "Conflict"
    return answer_of(status, reason, body, Content_Type="application/json; charset=utf-8")


def redirect(location: str, cookies: Mapping[str, str] | None = None) -> Answer:
    """Send the device elsewhere, with cookies that no script can read."""
    answer = answer_of(303, "See Other", b"", Location=location)
    fields = tuple(
        ("Set-Cookie", f"{name}={value}; Path=/; HttpOnly; SameSite=Lax")
        for name, value in (cookies or {}).items()
    )
    return answer.having(headers=(*answer.headers, *fields))


def _without_cookie(call: Call) -> Call:
    """Return the same call without the device's cookie; the others stay as they were written."""

    def kept(value: str) -> str:
        pairs = value.split(";")
        return ";".join(p for p in pairs if p.strip().partition("=")[0] != COOKIE).strip()

    fields = ((n, kept(v)) if n.lower() == "cookie" else (n, v) for n, v in call.headers)
    return replace(call, headers=tuple((n, v) for n, v in fields if v or n.lower() != "cookie"))


def _same(shown: str, secret: str) -> bool:
    """Compare in a time that tells nothing; what a stranger sends need not be text."""
    return hmac.compare_digest(shown.encode(errors="surrogateescape"), secret.encode())
