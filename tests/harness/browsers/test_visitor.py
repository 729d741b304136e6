"""A page from the back/forward cache may not reach its binding: its events are recorded anyway."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import pytest

from harness.browsers.base import Page, RestoredPage
from harness.browsers.visitor import Tab, adopt_page
from harness.ledger.files import Ledger, read_witness
from harness.target.reference.page import REFERENCE_PAGE


def event(kind: str, at: float) -> str:
    return json.dumps({"type": kind, "tab": "t1", "user": "ann", "at": at})


class FakePage:
    """A page that keeps its events, and whose recorder has the id ``tab``."""

    def __init__(self, *events: str, tab: str = "t1") -> None:
        self.events = list(events)
        self.tab = tab

    async def hide(self) -> None:
        """Succeed."""

    async def front(self) -> None:
        """Succeed."""

    async def go(self, url: str) -> None:
        self.events.append(event("pagehide", 5.0))

    async def back(self) -> None:
        self.events.append(event("pageshow", 6.0))

    async def evaluate(self, function: str, argument: Any = None) -> Any:
        if function == REFERENCE_PAGE.events:
            return self.events
        return [self.tab, "visible", True] if function == REFERENCE_PAGE.opening else True


async def recorded_kinds(directory: Path, page: FakePage, *, binding: int) -> list[str]:
    """Return the events of a tab that went away and back and then evaluated a script, by kind.

    ``binding`` is how many of the first events arrive over the binding.
    """
    with Ledger(directory) as ledger:
        tab = Tab("ann", REFERENCE_PAGE, ledger, set())
        tab.page, tab.tab = cast(Page, page), "t1"
        for text in page.events[:binding]:
            tab.hear(text)
        await tab.leave_for("http://elsewhere/")
        await tab.back()
        page.events.append(event("persisted", 7.0))
        await tab.ask("anything", "() => true")
        tab.hear(page.events[-1])  # over the binding as well
        await tab.ask("anything", "() => true")
    rows = read_witness(directory / "client.arrows").table.to_pylist()
    return [row["kind"] for row in rows if row["page_wall_ns"]]


@pytest.mark.asyncio
async def test_events_of_a_page_from_the_cache_are_recorded_once(tmp_path: Path) -> None:
    page = FakePage(event("recorded", 1.0), event("acknowledged", 2.0))
    kinds = await recorded_kinds(tmp_path, page, binding=2)
    assert kinds == ["recorded", "acknowledged", "pagehide", "pageshow", "persisted"]


@pytest.mark.asyncio
async def test_a_reloaded_page_reports_over_its_binding_alone(tmp_path: Path) -> None:
    page = FakePage(event("recorded", 1.0), tab="t2")
    assert await recorded_kinds(tmp_path, page, binding=1) == ["recorded", "persisted"]


@pytest.mark.asyncio
async def test_a_flush_that_is_asked_for_is_recorded_and_so_is_the_plan_of_retries(
    tmp_path: Path,
) -> None:
    with Ledger(tmp_path) as ledger:
        tab = Tab("ann", REFERENCE_PAGE, ledger, set())
        tab.page, tab.tab = cast(Page, FakePage()), "t1"
        tab.opened({"preset": "durable", "retryBaseMs": "400"})
        tab.opened({"preset": "roadmap"})
        tab.opened({}, restored="by the browser")
        await tab.flush()
    rows = read_witness(tmp_path / "client.arrows").table.to_pylist()
    kinds = [row["kind"] for row in rows]
    assert kinds == [*["tab_opened"] * 3, "flush_asked", "flush_started"]
    durable, roadmap, restored = (json.loads(row["detail"] or "{}") for row in rows[:3])
    assert durable["retry_base_ms"] == 400
    assert durable["retry_cap_ms"] == 300_000
    assert durable["retry_is_drawn"]
    assert roadmap["retry_base_ms"] == 5000
    assert "retry_cap_ms" not in roadmap
    assert "retry_base_ms" not in restored


@pytest.mark.asyncio
async def test_a_tab_that_is_hidden_and_put_in_front_is_recorded(tmp_path: Path) -> None:
    with Ledger(tmp_path) as ledger:
        tab = Tab("ann", REFERENCE_PAGE, ledger, set())
        tab.page, tab.tab = cast(Page, FakePage()), "t1"
        await tab.hide()
        await tab.front()
    rows = read_witness(tmp_path / "client.arrows").table.to_pylist()
    assert [(row["kind"], row["tab"]) for row in rows] == [
        ("tab_hidden", "t1"),
        ("tab_in_front", "t1"),
    ]


@pytest.mark.asyncio
async def test_artworks_that_a_script_shows_are_views_like_any(tmp_path: Path) -> None:
    with Ledger(tmp_path) as ledger:
        shown: set[tuple[str, str]] = set()
        tab = Tab("ann", REFERENCE_PAGE, ledger, shown)
        tab.page, tab.tab = cast(Page, FakePage()), "t1"
        assert await tab.look_by("(ids) => true", ["a1", "a2"]) is True
    rows = read_witness(tmp_path / "viewer.arrows").table.to_pylist()
    assert [(row["kind"], row["artwork"]) for row in rows] == [
        ("view_intent", "a1"),
        ("view_intent", "a2"),
        ("view_shown", "a1"),
        ("view_shown", "a2"),
    ]
    assert shown == {("ann", "a1"), ("ann", "a2")}


class RestoredFake(FakePage):
    """A page that a browser restored: ``live`` comes over its binding as soon as it is heard, and
    again when its events have been read."""

    live = event("acknowledged", 3.0)

    async def listen(self, on_event: Any, earlier: str) -> None:
        self.on_event = on_event
        on_event(self.live)

    async def evaluate(self, function: str, argument: Any = None) -> Any:
        found = await super().evaluate(function, argument)
        if function == REFERENCE_PAGE.events:
            self.on_event(event("attempt", 4.0))
        return found


@pytest.mark.asyncio
async def test_earlier_events_of_a_restored_page_come_before_those_of_the_meantime(
    tmp_path: Path,
) -> None:
    page = RestoredFake(event("recorded", 1.0), event("attempt", 2.0), RestoredFake.live)
    with Ledger(tmp_path) as ledger:
        await adopt_page(
            cast(RestoredPage, page), REFERENCE_PAGE, user="ann", ledger=ledger, shown=set()
        )
        page.on_event(RestoredFake.live)
        page.on_event(event("persisted", 5.0))
    rows = read_witness(tmp_path / "client.arrows").table.to_pylist()
    kinds = [row["kind"] for row in rows if row["kind"] != "tab_opened"]
    assert kinds == ["recorded", "attempt", "acknowledged", "attempt", "persisted"]
