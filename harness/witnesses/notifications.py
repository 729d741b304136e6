"""Slack and PagerDuty on loopback: what Alertmanager sends them becomes rows of the alerts."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

import aiohttp
from aiohttp import web

from harness.core.errors import HarnessError
from harness.ledger.files import WitnessFile
from harness.ledger.kinds.monitoring.alerts import AlertNotified, AlertsRow, ReceiversAnswer
from harness.process.addresses import LOOPBACK

PAGERDUTY = "pagerduty"
_STATES = {"trigger": "firing", "resolve": "resolved"}


class Notification(NamedTuple):
    """One notification: who received it, of which alert, ``firing`` or ``resolved``."""

    receiver: str
    state: str
    alert: str


class Receivers:
    """Both receivers, on a free port of loopback that is theirs from the beginning.

    A channel of Slack is named ``slack #channel``.
    """

    def __init__(self) -> None:
        self._socket = socket.create_server((LOOPBACK, 0))
        self.received: list[Notification] = []
        self._paged: dict[str, str] = {}
        self._witness: WitnessFile[AlertsRow] | None = None

    async def record(self, witness: WitnessFile[AlertsRow]) -> None:
        """Write what is received from now on. Raises HarnessError unless the receivers answer."""
        try:
            async with aiohttp.ClientSession() as http, http.get(self.url) as answer:
                answers = answer.status == 200
        except aiohttp.ClientError:
            answers = False
        if not answers:
            raise HarnessError(f"the receivers of notifications do not answer at {self.url}")
        witness.saw(ReceiversAnswer())
        self._witness = witness

    @property
    def url(self) -> str:
        """Return where they listen."""
        return f"http://{LOOPBACK}:{self._socket.getsockname()[1]}"

    def of(self, alert: str) -> set[tuple[str, str]]:
        """Return the receivers that were sent an alert, each with the state that it was sent."""
        return {(one.receiver, one.state) for one in self.received if one.alert == alert}

    def newest(self, alert: str) -> dict[str, str]:
        """Return receiver → the state that it was last sent of an alert."""
        return {one.receiver: one.state for one in self.received if one.alert == alert}

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Answer for the length of the block."""
        app = web.Application()
        app.add_routes(
            [
                web.get("/", self._up),
                web.post("/slack", self._slack),
                web.post("/pagerduty", self._pagerduty),
            ]
        )
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        try:
            await web.SockSite(runner, self._socket).start()
            yield
        finally:
            await runner.cleanup()
            self._socket.close()

    async def _up(self, request: web.Request) -> web.Response:
        return web.Response(text="ok")

    async def _slack(self, request: web.Request) -> web.Response:
        body = await request.json()
        # The title that servers/monitoring/routes.py gives it: state, severity, alert.
        state, _, alert = body["attachments"][0]["title"].split()
        self._take(Notification(f"slack {body['channel']}", state, alert))
        return web.Response(text="ok")

    async def _pagerduty(self, request: web.Request) -> web.Response:
        body: dict[str, Any] = await request.json()
        summary = (body.get("payload") or {}).get("summary", "")
        # What ends an incident has its key alone.
        alert = self._paged.setdefault(body["dedup_key"], summary.partition(":")[0])
        self._take(Notification(PAGERDUTY, _STATES[body["event_action"]], alert))
        return web.json_response({"status": "success"}, status=202)

    def _take(self, one: Notification) -> None:
        self.received.append(one)
        if self._witness is not None:
            row = AlertNotified(alert=one.alert, receiver=one.receiver, state=one.state)
            self._witness.saw(row)
