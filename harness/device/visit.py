"""One attempt at a step: the pages that the device opened for it, and what they reported.

The script in a page (conductor.js) numbers its messages and sends them in requests outside the path
under test; each is delivered at least once and recorded once, in order. A page shows an artwork
only after it has read that the ``view_intent`` is in the ledger.
"""

from __future__ import annotations

import enum
import json
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from harness.browsers.visitor import Tab
from harness.core.clock import now
from harness.device.steps import Act, DeviceStep
from harness.ledger.kinds import CLIENT, NETWORK, VIEWER
from harness.ledger.kinds.client import TabClosed, TabClosing
from harness.ledger.kinds.network import DeviceClock
from harness.ledger.kinds.viewer import ViewerRow, ViewIntent, ViewShown
from harness.run.run import Run

RETURN_ACTS: Sequence[Act] = ({"do": "drained", "timeoutMs": 30_000}, {"do": "keepReporting"})
"""The acts of the return visit: it shows nothing, and reports its queue until it is closed."""

_VIEWS: Mapping[str, type[ViewerRow]] = {"intent": ViewIntent, "shown": ViewShown}


class Role(enum.Enum):
    """The role of a page. The value is the word in its messages."""

    SHOW = "show"
    RETURN = "return"


class Stage(enum.IntEnum):
    """The stage of the page that shows artworks."""

    NOT_OPENED = 0
    AT_WORK = 1
    READY = 2
    LOOK_AWAY = 3
    DONE = 4
    CLOSE = 5
    CLOSED = 6


class DevicePage:
    """One page of the device, from its load to its end."""

    def __init__(self, role: Role, tab: Tab) -> None:
        self.role = role
        self.tab = tab
        self.recorded = 0
        self.is_hidden = False
        self.pending: int | None = None
        """How many ids had not been acknowledged to it at its last report."""
        self.has_locks = False


class Visit:
    """One attempt at a step on the device; writes the viewer's and the client's rows."""

    def __init__(self, step: DeviceStep, run: Run, number: int, options: Mapping[str, str]) -> None:
        self.step = step
        self.nonce = secrets.token_hex(8)
        self.user = f"{run.visitor}-{step.scenario}-{number}"
        self.artworks = list(step.artworks(run))
        self.options = dict(options)
        self.stage = Stage.NOT_OPENED
        self.trouble = ""
        """Why the step cannot be finished any more; empty while it can."""
        self.is_over = False
        self._run = run
        self._viewer = run.context.ledger.witness(VIEWER)
        self._client = run.context.ledger.witness(CLIENT)
        self._network = run.context.ledger.witness(NETWORK)
        self._pages: dict[str, DevicePage] = {}

    @property
    def tabs(self) -> set[str]:
        """Return the ids of the recorders of its pages."""
        return {page.tab.tab for page in self._pages.values() if page.tab.tab}

    def page(self, role: Role) -> DevicePage | None:
        """Return the page of a role, or None before it was opened."""
        return next((page for page in self._pages.values() if page.role is role), None)

    @property
    def is_quiet(self) -> bool:
        """Whether the page that shows should be closed and is hidden."""
        page = self.page(Role.SHOW)
        return self.stage is Stage.CLOSE and page is not None and page.is_hidden

    def greet(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """Register a page that was loaded; return its artworks and acts."""
        role, name = Role(content["role"]), str(content["page"])[:64]
        if self.is_over or name in self._pages or self.page(role) is not None:
            if role is Role.SHOW and not self.is_over:
                self.trouble = "the test page was loaded a second time"
            return {"over": True, "artworks": [], "acts": []}
        contract = self._run.context.site.system.page
        page = DevicePage(role, Tab(self.user, contract, self._run.context.ledger, set()))
        page.has_locks = bool(content.get("locks"))
        self._pages[name] = page
        if role is Role.RETURN:
            return {"over": False, "artworks": self.artworks, "acts": list(RETURN_ACTS)}
        self.stage = max(self.stage, Stage.AT_WORK)
        return {"over": False, "artworks": self.artworks, "acts": [dict(a) for a in self.step.acts]}

    def hear(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """Record a page's messages, each once; return the number of the last one recorded."""
        page = self._pages.get(str(content["page"]))
        if page is None:
            return {"upTo": 0, "over": True}
        for message in content["events"]:
            if int(message["n"]) > page.recorded:
                self._take(page, message)
                page.recorded = int(message["n"])
        return {"upTo": page.recorded, "over": self.is_over}

    def closed(self, how: str) -> None:
        """Record that the page that shows is closed, and how that is known."""
        page = self.page(Role.SHOW)
        if page is not None and self.stage < Stage.CLOSED:
            self._client.saw(TabClosed(user=self.user, tab=page.tab.tab, how=how))
            self.stage = Stage.CLOSED

    def returned(self) -> None:
        """Record that the return visit is over."""
        page = self.page(Role.RETURN)
        if page is not None:
            self._client.saw(TabClosing(user=self.user, tab=page.tab.tab))
            self._client.saw(TabClosed(user=self.user, tab=page.tab.tab))

    def _take(self, page: DevicePage, message: Mapping[str, Any]) -> None:
        kind = str(message["type"])
        if kind == "event":
            event = dict(message["event"])
            if event.get("artworks") is not None:
                event["artworks"] = [self._named(one) for one in event["artworks"]]
            page.tab.hear(json.dumps(event))
        elif kind in _VIEWS:
            self._saw_views(page, _VIEWS[kind], int(message["first"]), int(message["last"]))
        elif kind == "opened":
            page.tab.tab = str(message["tab"])
            page.tab.opened(self.options, role=page.role.value)
        elif kind == "queue":
            self._queue(page, message)
        elif kind == "clock":
            offset_ms, trips = message.get("offsetMs"), message.get("trips")
            self._network.saw(
                DeviceClock(
                    error_ms=float(message["errorMs"]),
                    offset_ms=None if offset_ms is None else float(offset_ms),
                    trips=None if trips is None else int(trips),
                )
            )
        elif kind == "trouble":
            self.trouble = self.trouble or str(message["text"])[:200]
        elif page.role is Role.SHOW:
            self._moved(page, kind, message)

    def _moved(self, page: DevicePage, kind: str, message: Mapping[str, Any]) -> None:
        """Follow the page that shows: its stage and its visibility."""
        if kind == "stage":
            self.stage = Stage[str(message["stage"])]
            if self.stage is Stage.CLOSE:
                self._client.saw(TabClosing(user=self.user, tab=page.tab.tab))
        elif kind == "hidden":
            page.is_hidden = True
        elif kind == "visible":
            page.is_hidden = False
        elif kind == "gone":
            page.is_hidden = True
            if self.stage >= Stage.CLOSE or (self.stage is Stage.DONE and self.step.stays):
                self.closed("pagehide")
            elif not message.get("persisted"):
                self.trouble = self.trouble or "the test page was left before it was done"

    def _saw_views(self, page: DevicePage, what: type[ViewerRow], first: int, last: int) -> None:
        names = self.artworks[first:last]
        at = now()
        for artwork in names:
            self._viewer.saw(what(user=self.user, tab=page.tab.tab, artwork=artwork), at=at)
        if what is ViewShown:
            self._run.context.add_shown(self.user, names)

    def _queue(self, page: DevicePage, message: Mapping[str, Any]) -> None:
        pending = [self._named(one) for one in message["pending"]]
        page.pending = len(pending)
        page.tab.holds(pending, message["telemetry"])

    def _named(self, artwork: object) -> str:
        """Return an artwork's id; pages send the index of a planned one instead."""
        return self.artworks[artwork] if isinstance(artwork, int) else str(artwork)
