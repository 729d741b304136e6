"""The display page as a test sees it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from playwright.async_api import BrowserContext, CDPSession, Page

from tests.servers.client.double import Target

# What a tab does by a timer of its own must not fall into a test that is about something else: a
# busy machine answers later than the first timeout (a keepalive request more), opens a database
# later than storage is given up, and lets any look for dead tabs happen in between.
PATIENT = {"firstTimeoutMs": 20_000, "openTimeoutMs": 30_000, "adoptEveryMs": 600_000}
# An heir: looks until the dead tab's lock is free, which is a moment after the tab is gone.
HEIR = {"flushDelayMs": 20, "adoptEveryMs": 100}


@dataclass
class Display:
    """One tab, and what its recorder reported: kept here, so that it outlives the page."""

    page: Page
    target: Target
    heard: list[dict[str, Any]] = field(default_factory=list)
    _session: CDPSession | None = None

    @classmethod
    async def open(
        cls,
        context: BrowserContext,
        target: Target,
        *,
        script: str | None = None,
        ready: bool = True,
        own_pace: bool = False,
        **options: Any,
    ) -> Display:
        """Open /display with these options; ``script`` runs in the page before anything else.

        The durable preset is made patient (PATIENT) unless ``own_pace`` leaves it its own values.
        """
        if options.get("preset", "durable") == "durable" and not own_pace:
            options = {**PATIENT, **options}
        page = await context.new_page()
        display = cls(page, target)
        await page.expose_binding(
            "impressionWitness", lambda _, text: display.heard.append(json.loads(text))
        )
        if script is not None:
            await page.add_init_script(script)
        await page.goto(f"{target.url}/display?{urlencode(options)}")
        await page.wait_for_function("window.impressions", polling=25)
        if ready:
            await page.evaluate("impressions.ready")
        return display

    async def show(self, *ids: str) -> None:
        """Show the artworks one after another, as a visitor would see them."""
        for artwork in ids:
            await self.page.evaluate("id => impressions.show(id)", artwork)

    async def record(self, ids: list[str]) -> None:
        """Record all of them in one task, without pictures."""
        await self.page.evaluate(
            "ids => Promise.all(ids.map((id) => impressions.recorder.record(id)))", ids
        )

    async def until(self, fact: str, *, within_s: float = 30) -> None:
        """Wait for a fact in the page; by timer, because a hidden page paints no frames."""
        await self.page.wait_for_function(fact, polling=25, timeout=within_s * 1000)

    async def until_event(self, event: str, *, count: int = 1, within_s: float = 30) -> None:
        """Wait until the recorder has reported this ``count`` times."""
        seen = f"impressions.events.filter(({{type}}) => type === {json.dumps(event)}).length"
        await self.until(f"{seen} >= {count}", within_s=within_s)

    async def until_drained(self, *, within_s: float = 30) -> None:
        """Wait until nothing is owed to the server."""
        await self.until("impressions.recorder.pending().length === 0", within_s=within_s)

    async def events(self, *types: str) -> list[dict[str, Any]]:
        """What the recorder reported of these types, in order."""
        every = await self.page.evaluate("impressions.events")
        return [event for event in every if event["type"] in types]

    async def telemetry(self) -> dict[str, Any]:
        return dict(await self.page.evaluate("impressions.recorder.telemetry()"))

    async def hide(self) -> Page:
        """Bring another tab to the front."""
        other = await self.page.context.new_page()
        await self.until("document.visibilityState === 'hidden'")
        return other

    async def offline(self, offline: bool) -> None:
        """Cut this tab off, or connect it again."""
        # Each session emulates for itself: what one switched off no other can switch on.
        if self._session is None:
            self._session = await self.page.context.new_cdp_session(self.page)
        session = self._session
        nothing = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
        await session.send("Network.enable")
        await session.send("Network.emulateNetworkConditions", {"offline": offline, **nothing})
        await self.until(f"navigator.onLine === {str(not offline).lower()}")

    def ids(self, *types: str) -> list[str]:
        """The artworks in all events of these types that were heard."""
        return [a for event in self.heard if event["type"] in types for a in event["artworks"]]
