"""A page out of the back/forward cache may be mute: what it told since is heard all the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import pytest

from harness.browsers.base import Page
from harness.browsers.visitor import Tab
from harness.ledger.files import Ledger, read_witness
from harness.target.reference.page import REFERENCE_PAGE


def event(kind: str, at: float) -> str:
    return json.dumps({"type": kind, "tab": "t1", "user": "ann", "at": at})


class Mute:
    """A page that keeps what it told, and whose recorder has this id."""

    def __init__(self, *told: str, tab: str = "t1") -> None:
        self.told = list(told)
        self.tab = tab

    async def go(self, url: str) -> None:
        self.told.append(event("pagehide", 5.0))

    async def back(self) -> None:
        self.told.append(event("pageshow", 6.0))

    async def evaluate(self, function: str, argument: Any = None) -> Any:
        if function == REFERENCE_PAGE.events:
            return self.told
        return [self.tab, "visible"] if function == REFERENCE_PAGE.opening else True


async def heard(directory: Path, page: Mute, *, binding: int) -> list[str]:
    """Return what a tab heard that went away and back, and then asked the page something."""
    with Ledger(directory) as ledger:
        tab = Tab("ann", REFERENCE_PAGE, ledger, set())
        tab.page, tab.tab = cast(Page, page), "t1"
        for text in page.told[:binding]:
            tab.hear(text)
        await tab.leave_for("http://elsewhere/")
        await tab.back()
        page.told.append(event("persisted", 7.0))
        await tab.ask("anything", "() => true")
        tab.hear(page.told[-1])  # over the binding as well
        await tab.ask("anything", "() => true")
    rows = read_witness(directory / "client.arrows").table.to_pylist()
    return [row["kind"] for row in rows if row["page_wall_ns"]]


@pytest.mark.asyncio
async def test_what_it_told_since_is_heard_once(tmp_path: Path) -> None:
    page = Mute(event("recorded", 1.0), event("acknowledged", 2.0))
    kinds = await heard(tmp_path, page, binding=2)
    assert kinds == ["recorded", "acknowledged", "pagehide", "pageshow", "persisted"]


@pytest.mark.asyncio
async def test_a_page_that_was_loaded_anew_speaks_for_itself(tmp_path: Path) -> None:
    page = Mute(event("recorded", 1.0), tab="t2")
    assert await heard(tmp_path, page, binding=1) == ["recorded", "persisted"]
