"""How many tabs are closed, and that each is closed right after its last view."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from harness.browsers.base import Closing
from scenarios.common.closing import (
    CLOSES,
    HIDDEN_CLOSES,
    LUCKY_CLOSES,
    close_each_at_once,
    closes_in,
    closing_s,
    is_firefox,
)


@pytest.mark.parametrize(
    ("browser", "preset", "closes"),
    [
        ("chromium", "durable", CLOSES),
        ("chromium", "roadmap", CLOSES),
        ("firefox", "durable", CLOSES),
        ("firefox", "roadmap", LUCKY_CLOSES),
        ("firefox-playwright", "roadmap", LUCKY_CLOSES),
    ],
)
def test_more_are_closed_where_it_is_luck(browser: str, preset: str, closes: int) -> None:
    arm = {"browser": browser, "preset": preset}
    assert closes_in(arm) == closes
    assert closing_s(arm) == 10 + closes
    assert is_firefox(arm) is browser.startswith("firefox")


def test_how_many_are_luck_may_be_another_number() -> None:
    arm = {"browser": "firefox", "preset": "roadmap"}
    assert closes_in(arm, lucky=HIDDEN_CLOSES) == HIDDEN_CLOSES
    assert closing_s(arm, lucky=HIDDEN_CLOSES) == 10 + HIDDEN_CLOSES


@pytest.mark.asyncio
@pytest.mark.parametrize(("how", "by_script"), [(Closing.DEFAULT, False), (Closing.SCRIPT, True)])
async def test_each_tab_shows_two_artworks_of_its_own_and_is_closed(
    how: Closing, by_script: bool
) -> None:
    log: list[tuple[object, ...]] = []

    class Tab:
        async def look_at(self, *artworks: str) -> None:
            log.append(("look", *artworks))

    async def open_tab(**options: object) -> Tab:
        log.append(("open", options["by_script"], options["flushDelayMs"]))
        return Tab()

    async def close_tab(tab: Tab, closing: Closing) -> None:
        log.append(("close", closing))

    run: Any = SimpleNamespace(
        artworks=lambda count: [f"a{n}" for n in range(count)],
        visitors=SimpleNamespace(open_tab=open_tab, close_tab=close_tab),
    )
    await close_each_at_once(run, how, closes=2, flushDelayMs="5")
    assert log == [
        ("open", by_script, "5"),
        ("look", "a0", "a1"),
        ("close", how),
        ("open", by_script, "5"),
        ("look", "a2", "a3"),
        ("close", how),
    ]
