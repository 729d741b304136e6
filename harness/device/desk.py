"""Access control in front of the target, and the harness's own pages.

It is an interceptor of the gateway: requests of the invited device are forwarded to the target,
those under ``/harness/`` are answered here, and all others are refused with one clear line.
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
        """Tabs of steps that are over: their batches must not reach another step's run."""
        self._cookie = ""
        self._last_request_ns = 0
        self._gateway = gateway
        self._routes = routes
        gateway.door = self._refusal

    @property
    def invitation(self) -> str:
        """Return the path of the one-time link."""
        return INVITED + self.token

    @property
    def silent_s(self) -> float:
        """Return the seconds since the device's last request."""
        return (now().mono_ns - self._last_request_ns) / NS_PER_S

    def takes(self, call: Call) -> bool:
        """Return True: every request is checked here."""
        return True

    async def act(self, call: Call, onward: Onward) -> Answer:
        """Answer a request, or forward it without the device's cookie, which the target must not
        see."""
        if call.path.startswith(INVITED):
            return self._let_in(call)
        if not self._is_invited(call):
            return text_answer(403, _STRANGER)
        self._last_request_ns = now().mono_ns
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
            # A device may send anything; only well-formed messages become evidence.
            return text_answer(400, f"This cannot be read: {error!r}\n")

    async def heal(self) -> None:
        """Stop intercepting: from now on every request reaches the target."""
        self._gateway.release(self)
        self._gateway.door = lambda _: None

    def _refusal(self, call: Call) -> Answer | None:
        """Refuse a stranger's request by its head: nothing of its body is read."""
        if call.path.startswith(INVITED):
            knows_link = call.method == "GET" and _same(call.path.removeprefix(INVITED), self.token)
            return None if knows_link else text_answer(403, _STRANGER)
        return None if self._is_invited(call) else text_answer(403, _STRANGER)

    def _let_in(self, call: Call) -> Answer:
        """Accept the first device that opens the link; later only the one with its cookie."""
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
    """Return an answer with one line of plain text."""
    reason = {403: "Forbidden", 404: "Not Found", 400: "Bad Request"}[status]
    return answer_of(status, reason, text.encode(), Content_Type="text/plain; charset=utf-8")


def json_answer(content: Mapping[str, Any], status: int = 200) -> Answer:
    """Return an answer with a JSON body."""
    body = json.dumps(content, ensure_ascii=False).encode()
    reason = "OK" if status == 200 else "Conflict"
    return answer_of(status, reason, body, Content_Type="application/json; charset=utf-8")


def redirect(location: str, cookies: Mapping[str, str] | None = None) -> Answer:
    """Return a redirect that sets cookies which no script can read."""
    answer = answer_of(303, "See Other", b"", Location=location)
    fields = tuple(
        ("Set-Cookie", f"{name}={value}; Path=/; HttpOnly; SameSite=Lax")
        for name, value in (cookies or {}).items()
    )
    return answer.having(headers=(*answer.headers, *fields))


def _without_cookie(call: Call) -> Call:
    """Return the call without the device's cookie; other cookies are left unchanged."""

    def kept(value: str) -> str:
        pairs = value.split(";")
        return ";".join(p for p in pairs if p.strip().partition("=")[0] != COOKIE).strip()

    fields = ((n, kept(v)) if n.lower() == "cookie" else (n, v) for n, v in call.headers)
    return replace(call, headers=tuple((n, v) for n, v in fields if v or n.lower() != "cookie"))


def _same(shown: str, secret: str) -> bool:
    """Compare in constant time; a stranger's value need not be valid text."""
    return hmac.compare_digest(shown.encode(errors="surrogateescape"), secret.encode())
