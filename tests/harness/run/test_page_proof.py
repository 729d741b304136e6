"""A page whose recorder is not known must store a view of an idle page before a run's first tab."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from harness.core.errors import HarnessError
from harness.ledger.kinds import DATABASE
from harness.run import page_proof as module
from harness.run.context import RunContext
from harness.run.page_proof import PageProof, looked_at
from harness.target.dialect import Session
from harness.target.system import system_for_run
from harness.witnesses.truth.sources import StoredView
from harness.witnesses.truth.witness import TruthWitness
from tests.harness.fake_run import FakeBrowser, open_context
from tests.harness.witnesses.truth.served import answering, serving

FILE = """format = 1
base_url = "http://127.0.0.1:1"
[batch]
path = "/views"
body = { user = "{user}", ids = "{ids}" }
[page]
path = "/gallery?of={pool}"
scroll = "#{id}"
[truth.http]
path = "/all"
id = "/id"
user_id = "/user"
"""


class Truth:
    """What is stored."""

    def __init__(self) -> None:
        self.rows: list[StoredView] = []

    async def read(self) -> list[StoredView]:
        return self.rows

    async def close(self) -> None:
        """Nothing is open."""


class Page:
    """A page that stores what it shows, unless it ignores it."""

    def __init__(self, truth: Truth, *, ignores: bool, strays: str = "") -> None:
        self.truth, self.ignores, self.strays = truth, ignores, strays
        self.log: list[str] = []
        self.queue: list[StoredView] = []
        self.sends_when_left = False

    async def go(self, url: str) -> None:
        self.log.append(url)
        self.truth.rows += self.queue
        self.queue = []

    async def front(self) -> None:
        self.log.append("front")

    async def evaluate(self, function: str, argument: Any = None) -> Any:
        if "location.origin" in function:
            return self.strays
        if argument is not None and not self.ignores:
            seen = [StoredView(one, "visitor-7") for one in argument]
            self.queue += seen if self.sends_when_left else []
            self.truth.rows += [] if self.sends_when_left else seen
        return True

    async def close(self) -> None:
        self.log.append("closed")


class Browser(FakeBrowser):
    """A browser whose only page is the one that a test gives."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self.page = page
        self.opened = 0

    async def open_page(self, hear: object) -> Page:
        self.opened += 1
        return self.page


class Network:
    """Visitors reach the target directly."""

    url = "http://gateway"
    reaches_target_directly = True


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunContext]:
    async def sign_in(dialect: object, direct_url: str, user: str) -> Session:
        return Session(cookies={"session": user}, headers={"Cookie": f"session={user}"})

    monkeypatch.setattr(module, "sign_in", sign_in)
    monkeypatch.setattr(module, "GRACE_S", 0.3)
    (tmp_path / "target.toml").write_text(FILE)
    system = system_for_run(f"file:{tmp_path / 'target.toml'}", 7)
    (tmp_path / "run").mkdir()
    with open_context(tmp_path / "run", {}) as opened:
        plan = replace(opened, site=replace(opened.site, system=system))
        yield plan


def proof(context: RunContext, truth: Truth) -> PageProof:
    described = context.system.described
    assert described is not None
    database = TruthWitness(truth, described.ids, context.ledger.witness(DATABASE))
    return PageProof(context, Network(), database)  # type: ignore[arg-type]


@pytest.mark.asyncio
async def test_a_view_that_is_stored_proves_the_page_once(context: RunContext) -> None:
    truth = Truth()
    page = Page(truth, ignores=False)
    browser = Browser(page)
    made = proof(context, truth)
    await made.make(browser)
    await made.make(browser)
    assert browser.opened == 1
    assert page.log[-2:] == ["front", "closed"]
    assert page.log[0].startswith(context.site.direct_url + "/gallery?of=")
    described = context.system.described
    assert described is not None
    assert described.ids.view(truth.rows[0].id, truth.rows[0].user) is None, "it is none of the run"


@pytest.mark.asyncio
async def test_a_recorder_that_sends_as_its_page_is_left_does_not_ignore_us(
    context: RunContext,
) -> None:
    truth = Truth()
    page = Page(truth, ignores=False)
    page.sends_when_left = True
    await proof(context, truth).make(Browser(page))
    assert page.log[-2:] == [f"{context.site.direct_url}/", "closed"]
    assert len(truth.rows) == 1


@pytest.mark.asyncio
async def test_a_recorder_that_ignores_us_is_named_and_accuses_no_system(
    context: RunContext,
) -> None:
    truth = Truth()
    page = Page(truth, ignores=True)
    with pytest.raises(HarnessError, match=r"\[page\] /gallery records nothing") as caught:
        await proof(context, truth).make(Browser(page))
    assert "ignore automated browsers" in caught.value.line
    assert page.log[-1] == "closed"


ELSEWHERE = "https://elsewhere.example:8443"


def moved(to: str) -> Any:
    """Return a handler that redirects a visitor who is signed in."""

    async def answer(request: web.Request) -> web.Response:
        assert request.cookies["session"] == "visitor-7"
        return web.Response(status=302, headers={"Location": to})

    return answer


async def looked(context: RunContext, browser: Browser, *routes: web.RouteDef) -> None:
    async with serving(*routes) as url:
        site = replace(context.site, direct_url=url)
        await looked_at(browser, context.system, site, url, "visitor-7", "an-artwork")  # type: ignore[arg-type]


@pytest.mark.asyncio
async def test_no_browser_is_sent_where_a_page_is_redirected_to_another_origin(
    context: RunContext,
) -> None:
    browser = Browser(Page(Truth(), ignores=False))
    routes = web.get("/gallery", moved("/here")), web.get("/here", moved(f"{ELSEWHERE}/x"))
    with pytest.raises(
        HarnessError, match=r"leads to https://elsewhere\.example:8443, which is not"
    ):
        await looked(context, browser, *routes)
    assert browser.opened == 0


@pytest.mark.asyncio
async def test_redirects_within_an_origin_are_a_page_s_own(context: RunContext) -> None:
    browser = Browser(Page(Truth(), ignores=False))
    routes = web.get("/gallery", moved("here")), web.get("/here", answering({}))
    await looked(context, browser, *routes)
    assert browser.opened == 1
    round_and_round = web.get("/gallery", moved("/gallery"))
    await looked(context, browser, round_and_round)
    assert browser.opened == 2


@pytest.mark.asyncio
async def test_a_page_that_leaves_by_script_is_not_looked_at(context: RunContext) -> None:
    truth = Truth()
    browser = Browser(Page(truth, ignores=False, strays=ELSEWHERE))
    with pytest.raises(HarnessError, match=r"leads to https://elsewhere\.example:8443"):
        await looked(context, browser, web.get("/gallery", answering({})))
    assert truth.rows == []


@pytest.mark.asyncio
async def test_the_reference_page_needs_no_proof(tmp_path: Path) -> None:
    browser = Browser(Page(Truth(), ignores=True))
    with open_context(tmp_path, {}) as context:
        database: Any = None
        await PageProof(context, Network(), database).make(browser)  # type: ignore[arg-type]
    assert browser.opened == 0
