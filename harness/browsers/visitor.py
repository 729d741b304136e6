"""A visitor: one signed-in person in one browser tab, and what the harness hears of them.

The viewer's rows are written here, outside the path under test: ``view_intent`` before the page is
told to show an artwork, ``view_shown`` after it did. The recorder's events arrive over a browser
binding (``window.impressionWitness``), which no network fault can silence.
"""

from __future__ import annotations

import contextlib
import json
from typing import Any
from urllib.parse import urlencode

from playwright.async_api import BrowserContext, Page
from playwright.async_api import Error as PlaywrightError

from harness.clock import now
from harness.errors import TargetNotReady, WaitTimeout
from harness.ledger import Ledger
from harness.observations import Saw
from harness.wait import wait_until

BINDING = "impressionWitness"
OPEN_TIMEOUT_S = 15.0
SHOW_TIMEOUT_S = 15.0


class Tab:
    """One open display page of one user."""

    def __init__(
        self, page: Page, user: str, tab: str, ledger: Ledger, shown: set[tuple[str, str]]
    ) -> None:
        self.page = page
        self.user = user
        self.tab = tab
        self._shown = shown
        self._viewer = ledger.witness("viewer")
        self._client = ledger.witness("client")

    async def look_at(self, artwork: str) -> None:
        """Show one artwork; returns when it is on the screen and journaled."""
        self._viewer.saw(kind=Saw.VIEW_INTENT.value, user=self.user, tab=self.tab, artwork=artwork)
        await self.page.evaluate("id => window.impressions.show(id)", artwork)
        self._viewer.saw(kind=Saw.VIEW_SHOWN.value, user=self.user, tab=self.tab, artwork=artwork)
        self._shown.add((self.user, artwork))

    async def pending(self) -> list[str]:
        """Return the ids that the page has not had acknowledged, and write them down."""
        state: dict[str, Any] = await self.page.evaluate(
            "() => ({pending: window.impressions.recorder.pending(),"
            " telemetry: window.impressions.recorder.telemetry()})"
        )
        telemetry = state["telemetry"]
        self._client.saw(
            kind="queue",
            user=self.user,
            tab=self.tab,
            artworks=[str(i) for i in state["pending"]],
            queue_depth=int(telemetry.get("queueDepth", 0)),
            in_flight=int(telemetry.get("inFlight", 0)),
            detail=json.dumps(telemetry),
        )
        return [str(i) for i in state["pending"]]

    async def drained(self, timeout_s: float) -> bool:
        """Return whether the page's queue became empty in time; its last state is written down."""

        async def is_empty() -> bool:
            return not await self.page.evaluate(
                "() => window.impressions.recorder.pending().length"
            )

        with contextlib.suppress(WaitTimeout):  # what is left is written down just below
            await wait_until(
                "the page's queue is empty", is_empty, timeout_s=timeout_s, interval_s=0.1
            )
        return not await self.pending()

    async def close(self) -> None:
        """Close the tab as a person does: pagehide and visibilitychange fire."""
        self._client.saw(kind="tab_closing", user=self.user, tab=self.tab)
        await self.page.close()
        self._client.saw(kind="tab_closed", user=self.user, tab=self.tab)


async def open_tab(
    context: BrowserContext,
    url: str,
    *,
    user: str,
    ledger: Ledger,
    options: dict[str, str],
    shown: set[tuple[str, str]],
) -> Tab:
    """Open the display page for a user that the context is signed in as.

    ``shown`` collects (user, artwork) of what the tab shows.
    ``options`` go into the page's query (preset, flushDelayMs, view=blank …). Raises
    TargetNotReady when the page does not come up or does not keep the contract
    (docs/target-contract.md).
    """
    client = ledger.witness("client")

    def heard(text: str) -> None:
        client.saw(**_client_row(json.loads(text), user))

    page = await context.new_page()
    await page.expose_function(BINDING, heard)
    try:
        await page.goto(f"{url}/display?{urlencode(options)}", timeout=OPEN_TIMEOUT_S * 1000)
        await page.wait_for_function(
            "() => Boolean(window.impressions)", timeout=OPEN_TIMEOUT_S * 1000
        )
        await page.evaluate("() => window.impressions.ready")
        tab = str(await page.evaluate("() => window.impressions.recorder.tabId"))
    except PlaywrightError as error:
        raise TargetNotReady(f"the display page did not come up: {error.message}") from error
    page.set_default_timeout(SHOW_TIMEOUT_S * 1000)
    client.saw(kind="tab_opened", user=user, tab=tab, detail=json.dumps(options))
    return Tab(page, user, tab, ledger, shown)


def _client_row(event: dict[str, Any], user: str) -> dict[str, Any]:
    """Return an event of the recorder as a row of the client witness."""
    known = {
        "type",
        "tab",
        "user",
        "at",
        "batch",
        "attempt",
        "transport",
        "status",
        "artworks",
        "queueDepth",
        "inFlight",
    }
    rest = {key: value for key, value in event.items() if key not in known}
    return {
        "at": now(),
        "kind": str(event["type"]),
        "user": str(event.get("user") or user),
        "tab": event.get("tab"),
        "page_wall_ns": round(float(event.get("at") or 0) * 1e6),
        "batch": event.get("batch"),
        "attempt": event.get("attempt"),
        "transport": event.get("transport"),
        "status": event.get("status"),
        "artworks": event.get("artworks"),
        "queue_depth": event.get("queueDepth"),
        "in_flight": event.get("inFlight"),
        "detail": json.dumps(rest) if rest else None,
    }
