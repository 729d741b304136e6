"""A page whose recorder is not known must store a view of an idle page before a run's first tab."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
from harness.witnesses.truth.stored import StoredView
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
    """A page that stores what it shows, unless it ignores it.

    The ``nth`` artworks of its pool are on the screen as it opens, ``after_looks`` of the screen
    others are, ``beside`` what was shown; each that is on the screen is stored, and ``invented``.
    """

    def __init__(self, truth: Truth, *, ignores: bool, strays: str = "") -> None:
        self.truth, self.ignores, self.strays = truth, ignores, strays
        self.log: list[str] = []
        self.queue: list[StoredView] = []
        self.sends_when_left = False
        self.at_load: Sequence[int] = ()
        self.later: Sequence[int] = ()
        self.beside: Sequence[int] = ()
        self.invented: Sequence[int] = ()
        self.looks = 0
        self.shown: list[str] = []

    async def go(self, url: str) -> None:
        self.log.append(url)
        self.truth.rows += self.queue
        self.queue = []

    def _record(self, *artworks: str) -> None:
        seen = [StoredView(one, "visitor-7") for one in artworks]
        self.queue += seen if self.sends_when_left else []
        self.truth.rows += [] if self.sends_when_left else seen

    def _on_screen(self, pool: Sequence[str]) -> list[str]:
        """Return what is on the screen; what is there without being asked for is recorded."""
        self.looks += 1
        numbers = self.at_load if self.looks == 1 else self.later if not self.shown else self.beside
        found = [pool[number] for number in numbers]
        self._record(*found, *(pool[number] for number in self.invented))
        return [*found, *self.shown]

    async def front(self) -> None:
        self.log.append("front")

    async def evaluate(self, function: str, argument: Any = None) -> Any:
        if "location.origin" in function:
            return self.strays
        if "getBoundingClientRect" in function:
            return self._on_screen(argument)
        if argument is not None and not self.ignores:
            self.shown += argument
            self._record(*argument)
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
    monkeypatch.setattr(module, "IDLE_S", 0.05)
    monkeypatch.setattr(module, "LOOK_EVERY_S", 0.02)
    monkeypatch.setattr(module, "RESTS_S", 0.2)
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
    assert page.log[1:] == ["front", f"{context.site.direct_url}/", "closed"]
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


MIDDLE = 100
"""Which of 200 artworks is looked at."""


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("shows", "words"),
    [
        ({"at_load": [0, 1]}, "-000001, on the screen as the page opened; h"),
        ({"later": [4]}, "-000005, on the screen some time after the page opened"),
        ({"beside": [MIDDLE + 1]}, "-000102, on the screen beside what was looked at"),
    ],
)
async def test_what_a_page_shows_by_itself_is_named_and_no_verdict_rests_on_it(
    context: RunContext, shows: dict[str, list[int]], words: str
) -> None:
    truth = Truth()
    page = Page(truth, ignores=False)
    for moment, numbers in shows.items():
        setattr(page, moment, numbers)
    with pytest.raises(HarnessError) as caught:
        await proof(context, truth).make(Browser(page))
    assert "[page] /gallery shows by itself what no visitor looked at" in caught.value.line
    assert words in caught.value.line
    assert "alone on the screen" in caught.value.line
    assert page.log[-1] == "closed"


@pytest.mark.asyncio
async def test_what_is_sent_only_as_the_page_is_left_was_shown_by_itself_too(
    context: RunContext,
) -> None:
    truth = Truth()
    page = Page(truth, ignores=False)
    page.at_load, page.sends_when_left = [0], True
    with pytest.raises(HarnessError, match="-000001, on the screen as the page opened"):
        await proof(context, truth).make(Browser(page))


@pytest.mark.asyncio
async def test_what_is_on_the_screen_and_not_stored_is_no_harm(context: RunContext) -> None:
    """A page may need more of an artwork on the screen than its edge."""
    truth = Truth()
    page = Page(truth, ignores=False)
    page.at_load = [MIDDLE]
    page._record = lambda *artworks: truth.rows.extend(  # type: ignore[method-assign]
        StoredView(one, "visitor-7") for one in artworks if one in page.shown
    )
    await proof(context, truth).make(Browser(page))
    assert [row.id[-6:] for row in truth.rows] == ["000102"], "another than the one on the screen"


@pytest.mark.asyncio
async def test_what_a_recorder_invents_is_left_for_a_run_to_find(context: RunContext) -> None:
    """It was never on the screen: to refuse the page would hide a phantom."""
    truth = Truth()
    page = Page(truth, ignores=False)
    page.invented = [7]
    await proof(context, truth).make(Browser(page))
    assert page.log[-1] == "closed"


@pytest.mark.asyncio
@pytest.mark.parametrize("way", ['click = "#{id}"', 'script = "async (ids) => {}"'])
async def test_two_views_of_one_click_are_refused_where_the_screen_is_not_known(
    context: RunContext, tmp_path: Path, way: str
) -> None:
    (tmp_path / "target.toml").write_text(FILE.replace('scroll = "#{id}"', way))
    truth = Truth()
    page = Page(truth, ignores=False)
    both = page._record

    def two(*artworks: str) -> None:
        both(*artworks, *(f"{one[:-1]}9" for one in artworks))

    page._record = two  # type: ignore[method-assign]
    system = system_for_run(f"file:{tmp_path / 'target.toml'}", 7)
    clicked = replace(context, site=replace(context.site, system=system))
    with pytest.raises(HarnessError) as caught:
        await proof(clicked, truth).make(Browser(page))
    assert "has stored what no visitor looked at: h" in caught.value.line
    assert "shows that by itself, or its recorder invents it" in caught.value.line
    assert "with `scroll`" in caught.value.line
    assert page.looks == 0


@pytest.mark.asyncio
async def test_a_page_that_shows_all_at_once_leaves_nothing_to_look_at(
    context: RunContext,
) -> None:
    truth = Truth()
    page = Page(truth, ignores=False)
    page.at_load = range(200)
    with pytest.raises(HarnessError, match="shows every artwork by itself as it opens"):
        await proof(context, truth).make(Browser(page))


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
        pool = ["an-artwork", "another"]
        await looked_at(browser, context.system, site, url, "visitor-7", pool, idle_s=0)  # type: ignore[arg-type]


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
