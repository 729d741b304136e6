"""[page] and [telemetry] are tried in a browser, and what was seen is shown."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from harness.compose.targets import trial as module
from harness.compose.targets.trial import State, TrialStep, try_page
from harness.core.errors import TargetNotReady
from harness.run.page_proof import IdlePage, Unasked
from harness.target.page import NOTHING, PageContract

ANN, ARTWORK = "ann", "h1-000003"
SITE: Any = SimpleNamespace(settle_s=0.0, direct_url="http://127.0.0.1:1")

pytestmark = pytest.mark.asyncio


class Page:
    """A page that returns what it is given for each function; an error is raised."""

    def __init__(self, **returned: object) -> None:
        self.returned = returned
        self.is_left = False

    async def go(self, url: str) -> None:
        assert url == "http://127.0.0.1:1/health"
        self.is_left = True

    async def evaluate(self, function: str) -> object:
        found = self.returned[function]
        if isinstance(found, Exception):
            raise found
        return found


class Pool:
    """Lends a browser that is never used."""

    def __init__(self, *_: object) -> None:
        self.is_closed = False

    @asynccontextmanager
    async def lend(self, name: str, origin: str) -> AsyncIterator[object]:
        yield object()

    async def close(self) -> None:
        self.is_closed = True


def contract(pending: str = NOTHING, owner: str = "") -> PageContract:
    scripts = {"is_up": "", "ready": "", "tab_id": "", "show": ""}
    return PageContract(path="/gallery", pending=pending, owner=owner, **scripts)


async def tried(
    monkeypatch: pytest.MonkeyPatch,
    page: Page | Exception,
    *,
    stored: bool | None = True,
    of: PageContract | None = None,
    missing: str | None = None,
    unasked: Unasked | None = None,
) -> Sequence[TrialStep]:
    async def looked_at(*_: object, idle_s: float) -> IdlePage:
        if isinstance(page, Exception):
            raise page
        opened: Any = page
        return IdlePage(page=opened, contract=of or contract(), pool=[ARTWORK], artwork=ARTWORK)

    async def artworks_stored() -> set[str]:
        is_there = page.is_left if stored is None and isinstance(page, Page) else bool(stored)
        return {ARTWORK} if is_there else set()

    async def unasked_views(*_: object, left_for: str) -> Unasked:
        assert left_for == "http://127.0.0.1:1/health"
        return unasked or Unasked()

    monkeypatch.setattr(module, "GRACE_S", 0.2)
    monkeypatch.setattr(module, "BrowserPool", Pool)
    monkeypatch.setattr(module, "looked_at", looked_at)
    monkeypatch.setattr(module, "unasked_views", unasked_views)
    monkeypatch.setattr(module, "ThisMachine", lambda: SimpleNamespace(fix=lambda part: missing))
    dialect = SimpleNamespace(health_path="/health")
    system: Any = SimpleNamespace(page=of or contract(), dialect=dialect)
    processes: Any = None
    steps = try_page(system, SITE, processes, Path(), ANN, [ARTWORK], artworks_stored)
    return [step async for step in steps]


async def test_a_view_that_is_stored_is_a_page_that_works(monkeypatch: pytest.MonkeyPatch) -> None:
    [step] = await tried(monkeypatch, Page())
    assert (step.part, step.state) == ("[page]", State.WORKS)
    assert ARTWORK in step.seen


async def test_a_view_that_is_not_stored_is_named_with_what_may_be_the_cause(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    [step] = await tried(monkeypatch, Page(), stored=False)
    assert (step.part, step.state) == ("[page]", State.FAILS)
    assert "a view of it was not stored, neither while it was open nor after" in step.seen
    assert "navigator.webdriver" in step.seen


async def test_a_recorder_that_sends_as_its_page_is_left_works(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its telemetry is asked of a page that is open again."""
    page = Page(**{"() => queue": [], "() => owner": ANN})
    steps = await tried(monkeypatch, page, stored=None, of=contract("() => queue", "() => owner"))
    assert [step.state for step in steps] == [State.WORKS, State.WORKS]
    assert "after the page was left, and nothing else is" in steps[0].seen


@pytest.mark.parametrize(
    ("unasked", "state", "words"),
    [
        (
            Unasked(shown=(("h1-000001", "on the screen as the page opened"),)),
            State.FAILS,
            "it shows by itself what no visitor looked at, and that is stored: h1-000001, on the",
        ),
        (Unasked(either=("h1-000009",)), State.FAILS, "or its recorder invents it"),
        (
            Unasked(invented=("h1-000009",)),
            State.DOUBTFUL,
            "so are h1-000009, which were not seen on the screen: runs call that `phantom`",
        ),
    ],
)
async def test_what_else_is_stored_is_named_with_whose_doing_it_is(
    monkeypatch: pytest.MonkeyPatch, unasked: Unasked, state: State, words: str
) -> None:
    step, *_ = await tried(monkeypatch, Page(), unasked=unasked)
    assert step.state is state
    assert words in step.seen


async def test_a_page_that_does_not_come_up_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    [step] = await tried(monkeypatch, TargetNotReady("nothing on the page matches #x"))
    assert (step.state, step.seen) == (State.FAILS, "nothing on the page matches #x")


async def test_without_a_browser_it_is_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    [step] = await tried(monkeypatch, Page(), missing="harness setup")
    assert (step.state, step.seen) == (
        State.NOT_TRIED,
        "chromium is not here: `harness setup` helps",
    )


@pytest.mark.parametrize(
    ("queue", "owner", "state", "words"),
    [
        ([], ANN, State.WORKS, "pending returns []; owner returns 'ann'"),
        (["a"], ANN, State.WORKS, "pending returns ['a']"),
        (7, ANN, State.FAILS, "pending returns 7"),
        ([], "bob", State.FAILS, "owner returns 'bob', signed in is 'ann'"),
        ([], TargetNotReady("no gallery"), State.FAILS, "no gallery"),
    ],
)
async def test_what_the_recorder_tells_of_itself_must_fit(
    monkeypatch: pytest.MonkeyPatch, queue: object, owner: object, state: State, words: str
) -> None:
    page = Page(**{"() => queue": queue, "() => owner": owner})
    of = contract("() => queue", "() => owner")
    _, step = await tried(monkeypatch, page, of=of)
    assert (step.part, step.state) == ("[telemetry]", state)
    assert words in step.seen
