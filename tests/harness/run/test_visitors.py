"""Visitors of one browser: who is signed in, which tabs are open, which browser is lent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.browsers.base import BrowserFacts, Can, Closing
from harness.core.errors import HarnessError
from harness.ledger.files import read_witness
from harness.ledger.kinds import CLIENT, NETWORK
from harness.run import visitors as module
from harness.run.browser_registry import BrowserRegistry
from harness.run.context import RunContext
from harness.run.visitors import Visitors
from harness.target.dialect import Session
from harness.target.reference.page import REFERENCE_PAGE
from tests.harness.fake_run import (
    FakeBrowser,
    FakePage,
    FakePool,
    FakeTab,
    network_rows,
    open_context,
)

URL = "http://front"


class FakeNetwork:
    """Where visitors go."""

    def __init__(self) -> None:
        self.url = URL

    @property
    def plain_url(self) -> str:
        return f"{self.url}/plain"

    async def gateway(self) -> str:
        return "the gateway"


class NoProof:
    """A page that is known to record."""

    async def make(self, browser: object) -> None:
        """Prove nothing."""


@pytest.fixture
def context(tmp_path: Path) -> Iterator[RunContext]:
    with open_context(tmp_path, {"preset": "durable"}) as opened:
        yield opened


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Return with which arguments tabs were opened; signing in gives a user's cookie."""
    calls: list[dict[str, Any]] = []

    async def open_tab(browser: FakeBrowser, page: object, url: str, **how: Any) -> FakeTab:
        assert page is REFERENCE_PAGE
        calls.append({"url": url, "cookies": dict(browser.cookies.get(url, {})), **how})
        return FakeTab(how["user"])

    async def sign_in(dialect: object, direct_url: str, user: str) -> Session:
        return Session(cookies={"session": user})

    monkeypatch.setattr(module, "open_tab", open_tab)
    monkeypatch.setattr(module, "sign_in", sign_in)
    return calls


def visitors(
    context: RunContext, pool: FakePool | None, registry: BrowserRegistry | None = None
) -> Visitors:
    where = (context, FakeNetwork(), registry or BrowserRegistry(), pool, NoProof())
    return Visitors(*where, browser="chromium")


@pytest.mark.asyncio
async def test_the_browser_is_lent_once_recorded_and_returned_with_the_run(
    context: RunContext, tmp_path: Path
) -> None:
    pool, registry = FakePool(can=frozenset({Can.TRACE})), BrowserRegistry()
    async with context.exits:
        part = visitors(context, pool, registry)
        assert pool.log == []
        browser = await part.browser()
        assert await part.browser() is browser
        assert registry.processes() == {"chromium": 42}
        assert pool.log == [f"lent chromium {URL}"]
    assert pool.lent[0].log == ["trace", "returned"]
    context.ledger.witness(NETWORK).flush()
    [row] = [row for row in network_rows(tmp_path) if row["kind"] == "browser"]
    assert json.loads(row["detail"])["product"] == "chromium"


@pytest.mark.asyncio
async def test_a_browser_is_lent_for_the_device_of_the_arm(tmp_path: Path) -> None:
    pool = FakePool()
    with open_context(tmp_path, {"device": "Pixel 7"}) as context:
        async with context.exits:
            await visitors(context, pool).browser()
    assert pool.log[0] == f"lent chromium {URL} Pixel 7"


@pytest.mark.asyncio
async def test_a_run_without_browsers_says_so(context: RunContext) -> None:
    with pytest.raises(HarnessError, match="was given no browsers"):
        await visitors(context, None).browser()


def test_a_device_that_comes_by_itself_is_recorded(context: RunContext, tmp_path: Path) -> None:
    facts = BrowserFacts(name="phone", product="Safari", version="1", platform="iOS", kind="device")
    visitors(context, None).record_browser(facts)
    context.ledger.witness(NETWORK).flush()
    assert json.loads(network_rows(tmp_path)[0]["detail"])["kind"] == "device"


@pytest.mark.asyncio
async def test_another_browser_has_a_profile_of_its_own(
    context: RunContext, opened: list[dict[str, Any]]
) -> None:
    """Even when it is of the same name; tabs of both are closed by either."""
    pool, registry = FakePool(), BrowserRegistry()
    async with context.exits:
        part = visitors(context, pool, registry)
        beside = part.in_another_browser("chromium")
        first, second = await part.open_tab("ann"), await beside.open_tab("bob")
        assert await part.browser() is not await beside.browser()
        assert [lent.cookies[URL] for lent in pool.lent] == [{"session": "ann"}, {"session": "bob"}]
        assert registry.tabs == [first, second]
        assert registry.tabs_in(await beside.browser()) == [second]
        await part.close_tab(second)
        assert registry.tabs == [first]


@pytest.mark.asyncio
async def test_a_tab_is_opened_signed_in_with_seed_preset_and_options(
    context: RunContext, opened: list[dict[str, Any]]
) -> None:
    async with context.exits:
        tab = await visitors(context, FakePool()).open_tab(flushDelayMs="5", seed="9", behind=True)
    [call] = opened
    assert tab.user == call["user"] == context.visitor
    assert call["url"] == URL
    assert call["cookies"] == {"session": context.visitor}
    assert call["options"] == {
        "logSeed": "7",
        "seed": "9",
        "flushDelayMs": "5",
        "preset": "durable",
    }
    assert (call["behind"], call["by_script"]) == (True, False)
    assert call["shown"] is context.shown


@pytest.mark.asyncio
async def test_a_page_that_leaves_the_network_under_test_ends_the_run(
    context: RunContext, opened: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it sends from another origin no fault would touch and no relay would see."""

    class Strays(FakePage):
        async def evaluate(self, function: str, argument: Any = None) -> Any:
            return "http://127.0.0.1:9" if "location.origin" in function else False

    async def open_tab(*_: object, **how: Any) -> FakeTab:
        tab = FakeTab(how["user"])
        tab.page = Strays()
        return tab

    monkeypatch.setattr(module, "open_tab", open_tab)
    unknown = replace(REFERENCE_PAGE, must_prove_itself=True)
    context = replace(
        context, site=replace(context.site, system=replace(context.system, page=unknown))
    )
    with pytest.raises(
        HarnessError, match=r"leads to http://127\.0\.0\.1:9, which is not base_url"
    ):
        await visitors(context, FakePool()).open_tab()


@pytest.mark.asyncio
async def test_signing_in_is_done_when_it_is_another_or_at_another_origin(
    context: RunContext, opened: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    signed_in: list[str] = []

    async def sign_in(dialect: object, direct_url: str, user: str) -> Session:
        signed_in.append(user)
        return Session(cookies={"session": user})

    monkeypatch.setattr(module, "sign_in", sign_in)
    network = FakeNetwork()
    async with context.exits:
        where = (context, network, BrowserRegistry(), FakePool(), NoProof())
        part = Visitors(*where, browser="chromium")
        for user in ("ann", "ann", "bob", "ann"):
            await part.open_tab(user)
        assert signed_in == ["ann", "bob", "ann"]
        await part.sign_out()
        await part.open_tab("ann")
        assert signed_in[3:] == ["ann"]
        network.url = "http://gateway"
        await part.open_tab("ann")
        assert signed_in[4:] == ["ann"]


@pytest.mark.asyncio
async def test_signing_out_drops_the_cookie(
    context: RunContext, opened: list[dict[str, Any]]
) -> None:
    pool = FakePool()
    async with context.exits:
        part = visitors(context, pool)
        await part.sign_in("ann")
        await part.sign_out()
        assert pool.lent[0].cookies[URL] == {}


@pytest.mark.asyncio
@pytest.mark.parametrize(("before", "after"), [("ann", {"session": "ann"}), ("", {})])
async def test_who_was_signed_in_is_so_again_after_clearing_site_data(
    context: RunContext,
    opened: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
    before: str,
    after: dict[str, str],
) -> None:
    page, pool, cleared = FakeTab().page, FakePool(), list[object]()

    async def clear(
        browser: FakeBrowser, url: str, gateway: str, network: object, *, plain_path: str
    ) -> object:
        cleared.append((url, gateway, plain_path))
        browser.cookies.clear()
        return page

    monkeypatch.setattr(module, "clear_site_data", clear)
    async with context.exits:
        part = visitors(context, pool)
        if before:
            await part.sign_in(before)
        await part.clear_site_data()
    assert cleared == [(URL, "the gateway", "/healthz")]
    assert pool.lent[0].cookies[URL] == after
    assert page.is_closed


@pytest.mark.asyncio
async def test_tabs_at_once_are_the_visitors_and_all_open(
    context: RunContext, opened: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def load_at_once(
        browser: FakeBrowser, count: int, page: object, url: str, **how: Any
    ) -> list[FakeTab]:
        assert browser.cookies[url] == {"session": how["user"]}
        assert how["options"]["maxBatchSize"] == "3"
        return [FakeTab(how["user"]) for _ in range(count)]

    monkeypatch.setattr(module, "load_at_once", load_at_once)
    registry = BrowserRegistry()
    async with context.exits:
        tabs = await visitors(context, FakePool(), registry).open_tabs_at_once(3, maxBatchSize="3")
    assert registry.tabs == tabs
    assert [tab.user for tab in tabs] == [context.visitor] * 3


@pytest.mark.asyncio
async def test_a_closed_tab_and_an_abandoned_one_are_not_waited_for(
    context: RunContext, opened: list[dict[str, Any]]
) -> None:
    registry = BrowserRegistry()
    async with context.exits:
        part = visitors(context, FakePool(), registry)
        closed, abandoned, kept = [await part.open_tab() for _ in range(3)]
        await part.close_tab(closed, Closing.ASKING)
        part.abandon_tab(abandoned)
    assert registry.tabs == [kept]
    assert (closed.calls, abandoned.calls) == (["close asking"], [])


@pytest.mark.asyncio
async def test_a_return_visit_shows_nothing_drains_and_leaves_no_screenshot(
    context: RunContext, opened: list[dict[str, Any]], tmp_path: Path
) -> None:
    registry = BrowserRegistry()
    async with context.exits:
        await visitors(context, FakePool(), registry).return_visit("ann", timeout_s=1)
        await registry.keep_evidence(tmp_path)
    assert opened[0]["user"] == "ann"
    assert opened[0]["options"]["view"] == "blank"
    assert not registry.has_tabs()
    assert not list(tmp_path.glob("evidence/screenshot*"))


@pytest.mark.asyncio
async def test_a_crash_takes_the_tabs_of_this_browser_and_a_restart_brings_some_back(
    context: RunContext, opened: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    died, restored = list[FakeTab](), FakeTab()

    async def kill(browser: FakeBrowser, tabs: list[FakeTab], ledger: object) -> None:
        died.extend(tabs)

    async def bring_back(browser: FakeBrowser, page: object, **how: Any) -> list[FakeTab]:
        assert how["user"] == context.visitor
        await how["sign_in"](how["user"])
        return [restored]

    monkeypatch.setattr(module, "kill_with_tabs", kill)
    monkeypatch.setattr(module, "bring_back", bring_back)
    registry = BrowserRegistry()
    async with context.exits:
        part = visitors(context, FakePool(), registry)
        beside = part.in_another_browser("firefox")
        mine = [await part.open_tab() for _ in range(2)]
        other = await beside.open_tab()
        await part.crash_browser()
        assert died == mine
        assert registry.tabs == [other]
        assert await part.restart_after_crash() == [restored]
        assert registry.tabs == [other, restored]
        assert registry.tabs_in(await part.browser()) == [restored]


@pytest.mark.asyncio
async def test_a_crashed_page_comes_back_as_another_tab(
    context: RunContext, opened: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    again = FakeTab()

    async def crash(browser: FakeBrowser, tab: FakeTab, ledger: object) -> FakeTab:
        return again

    monkeypatch.setattr(module, "crash_and_reload", crash)
    registry = BrowserRegistry()
    async with context.exits:
        part = visitors(context, FakePool(), registry)
        assert await part.crash_page(await part.open_tab()) is again
        assert registry.tabs == [again]


@pytest.mark.asyncio
async def test_a_forged_session_names_one_user_and_ends_as_that_of_another(
    context: RunContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def sign_in(dialect: object, direct_url: str, user: str) -> Session:
        return Session(cookies={"session": f"{user}.1700.mac-of-{user}"})

    monkeypatch.setattr(module, "sign_in", sign_in)
    pool = FakePool()
    async with context.exits:
        part = visitors(context, pool)
        await part.sign_in("ann")
        await part.forge_session("bob", "ann")
        assert pool.lent[0].cookies[URL] == {"session": "bob.1700.mac-of-ann"}
    context.ledger.witness(CLIENT).flush()
    rows = read_witness(tmp_path / "client.arrows").table.to_pylist()
    assert [(row["kind"], row["user"]) for row in rows][-1] == ("signed_out", "ann")


@pytest.mark.asyncio
@pytest.mark.parametrize("cookies", [{}, {"s": "ab"}, {"s": "the same for everybody"}])
async def test_a_session_that_cannot_be_forged_is_an_error(
    context: RunContext, monkeypatch: pytest.MonkeyPatch, cookies: dict[str, str]
) -> None:
    async def sign_in(dialect: object, direct_url: str, user: str) -> Session:
        return Session(cookies=cookies)

    monkeypatch.setattr(module, "sign_in", sign_in)
    async with context.exits:
        with pytest.raises(HarnessError, match="no cookies that could be forged"):
            await visitors(context, FakePool()).forge_session("bob", "ann")
