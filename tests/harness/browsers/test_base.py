"""Every engine keeps the protocol of browsers and pages; each with its real browser."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from aiohttp import web

from harness.browsers.base import BrowserLost, Can, Closing, Restores
from harness.browsers.catalogue import ENGINES, entry_of
from harness.browsers.drivers.chromium import Chromium
from harness.browsers.drivers.firefox import Firefox
from harness.browsers.pool import BrowserPool
from harness.core.errors import HarnessError, TargetNotReady
from harness.core.wait import wait_until
from harness.process.processes import Processes
from harness.process.supervisor import tagged_processes
from harness.setup import available
from tests.harness.browsers.session_files import saved_urls

PAGE = """<!doctype html><title>a page</title><script>
window.reported = [];
function report(text) { reported.push(text); window.impressionWitness?.(text); }
document.addEventListener("visibilitychange",
  (e) => report(`${document.visibilityState} ${e.isTrusted}`));
addEventListener("pagehide", (e) => { report(`pagehide ${e.isTrusted}`);
  navigator.sendBeacon("/beacon" + location.search, "gone"); });
addEventListener("click", (e) => report(`click ${e.target.id} ${e.detail} ${e.isTrusted}`));
addEventListener("pageshow", (e) => report(`pageshow ${e.persisted} ${e.isTrusted}`));
</script><a id="link" href="/page?2">link</a><button id="button">button</button>"""

pytestmark = [pytest.mark.browser]


@pytest.fixture(scope="module")
def processes() -> Iterator[Processes]:
    with Processes() as owner:
        yield owner
    assert tagged_processes(owner.tag) == [], "a browser process was left behind"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pool(
    processes: Processes, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[BrowserPool]:
    """One for all tests, as for all runs of a worker: each brings an origin of its own."""
    browsers = BrowserPool(processes, tmp_path_factory.mktemp("logs"))
    yield browsers
    await browsers.close()


# Each engine's tests run in one worker, where they share its browser.
@pytest.fixture(
    params=[pytest.param(e, marks=pytest.mark.xdist_group(f"pooled-{e}")) for e in ENGINES]
)
def engine(request: pytest.FixtureRequest) -> str:
    name = str(request.param)
    lacking = [part for part in entry_of(name).parts if not available(part)]
    if lacking:
        pytest.skip(f"no {', '.join(lacking)}; `harness setup` brings it")
    return name


class Origin:
    """A small site that records the beacons it receives."""

    def __init__(self) -> None:
        self.url = ""
        self.beacons: list[str] = []
        self.over = asyncio.Event()

    async def page(self, request: web.Request) -> web.Response:
        return web.Response(text=PAGE, content_type="text/html")

    async def beacon(self, request: web.Request) -> web.Response:
        self.beacons.append(request.query_string)
        return web.Response(status=204)

    async def hang(self, request: web.Request) -> web.Response:
        await self.over.wait()
        return web.Response()


@pytest_asyncio.fixture(loop_scope="module")
async def origin() -> AsyncIterator[Origin]:

    site = Origin()
    app = web.Application()
    app.add_routes(
        [
            web.get("/page", site.page),
            web.get("/", site.page),
            web.post("/beacon", site.beacon),
            web.get("/hang", site.hang),
        ]
    )
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    listener = web.TCPSite(runner, "127.0.0.1", 0)
    await listener.start()
    host, port = runner.addresses[0][:2]
    site.url = f"http://{host}:{port}"
    yield site
    site.over.set()
    await runner.cleanup()


@pytest.mark.asyncio(loop_scope="module")
async def test_a_page_answers_hides_returns_and_comes_out_of_the_cache(
    engine: str, pool: BrowserPool, origin: Origin
) -> None:
    heard: list[str] = []
    async with pool.lend(engine, origin.url) as browser:
        page = await browser.open_page(heard.append)
        await page.go(f"{origin.url}/page?1")
        await page.hide()
        await page.front()
        await page.go(f"{origin.url}/page?2")
        await page.back()

        async def came_out() -> bool:
            reported = await page.evaluate("() => window.reported")
            return bool(reported[-1].startswith("pageshow true"))

        # On a busy machine the page may answer shortly before its pageshow.
        await wait_until("the page came out of the cache", came_out, timeout_s=60)
        reported = await page.evaluate("() => window.reported")
        argument = {"deep": [1, "ü", None]}
        assert await page.evaluate("async (x) => ({got: x})", argument) == {"got": argument}
        assert (await page.screenshot()).startswith(b"\x89PNG")
        assert browser.facts.version
        assert engine in browser.facts.name
    # Fired by the browser, not by a script, and the page is the previous one.
    assert reported[:3] == ["pageshow false true", "hidden true", "visible true"]
    assert "pagehide true" in reported
    assert reported[-1] == "pageshow true true"
    assert "hidden true" in heard
    assert "visible true" in heard


@pytest.mark.asyncio(loop_scope="module")
async def test_a_click_is_trusted_twice_is_a_double_click_and_a_link_is_followed(
    engine: str, pool: BrowserPool, origin: Origin
) -> None:
    heard: list[str] = []
    async with pool.lend(engine, origin.url) as browser:
        page = await browser.open_page(heard.append)
        await page.go(f"{origin.url}/page?1")
        await page.click("#button")
        if Can.DOUBLE_CLICK in browser.can:
            await page.click("#button", times=2)
        reported = await page.evaluate("() => window.reported")
        with pytest.raises(TargetNotReady):
            await page.click("#nothing")
        await page.click("#link")

        async def is_there() -> bool:
            with contextlib.suppress(TargetNotReady):  # between the two documents
                return bool(await page.evaluate("() => location.search === '?2'"))
            return False

        await wait_until("the link is followed", is_there, timeout_s=60)
        await page.click("#button")
        await page.evaluate("() => 0")
    clicks = [one for one in reported if one.startswith("click")]
    assert clicks[0] == "click button 1 true"
    # Under WebDriver BiDi both clicks of a pair say that they are the first (Firefox ESR 153).
    assert clicks[-1] == f"click button {2 if Can.DOUBLE_CLICK in browser.can else 1} true"
    assert heard.count("click button 1 true") >= 2  # one of them on the second page


@pytest.mark.asyncio(loop_scope="module")
async def test_closing_fires_pagehide(engine: str, pool: BrowserPool, origin: Origin) -> None:
    async with pool.lend(engine, origin.url) as browser:
        able = {Closing.ASKING: Can.CLOSE_ASKING, Closing.SCRIPT: Can.CLOSE_BY_SCRIPT}
        for how in Closing:
            if how in able and able[how] not in browser.can:
                continue
            page = await browser.open_page(lambda text: None, by_script=how is Closing.SCRIPT)
            await page.go(f"{origin.url}/page?{how.value}")
            await page.close(how)
            # Firefox may drop a beacon of pagehide when its driver closes the tab; see the matrix.
            if engine != "firefox":
                await wait_until(
                    "the beacon arrived",
                    lambda sent=how: sent.value in origin.beacons,
                    timeout_s=60,
                )


@pytest.mark.asyncio(loop_scope="module")
async def test_a_page_behind_is_hidden_and_a_scripts_error_is_raised(
    engine: str, pool: BrowserPool, origin: Origin
) -> None:
    async with pool.lend(engine, origin.url) as browser:
        page = await browser.open_page(lambda text: None, behind=True)
        await page.go(f"{origin.url}/page")
        assert await page.evaluate("() => document.visibilityState") == "hidden"
        with pytest.raises(TargetNotReady, match="out of paint"):
            await page.evaluate("() => { throw new Error('out of paint'); }")


@pytest.mark.asyncio(loop_scope="module")
async def test_a_browser_can_be_killed_and_restarted_twice_and_opens_pages(
    engine: str, pool: BrowserPool, origin: Origin
) -> None:
    if Can.RESTORE not in entry_of(engine).can:
        pytest.skip(f"{engine} cannot restore tabs")
    async with pool.lend(engine, origin.url) as browser:
        assert isinstance(browser, Restores)
        assert isinstance(browser, Chromium | Firefox)
        await (await browser.open_page(lambda text: None)).go(f"{origin.url}/page?first")
        # Until then it would bring back the tabs of whom it was lent to before.
        await wait_until(
            "its session file names the page",
            lambda: f"{origin.url}/page?first" in saved_urls(browser),
            timeout_s=60,
        )
        for visit in ("second", "third"):
            await browser.crash()
            for page in await browser.restart():
                assert (await page.evaluate("() => location.href")).startswith(origin.url)
            await browser.set_cookies(origin.url, {"session": visit})
            heard: list[str] = []
            page = await browser.open_page(heard.append)
            await page.go(f"{origin.url}/page?{visit}")
            await page.hide()
            await page.front()
            assert f"session={visit}" in await page.evaluate("() => document.cookie")
            assert "hidden true" in await page.evaluate("() => window.reported")
            await page.go(f"{origin.url}/page?elsewhere")
            await page.back()
            await page.forward()
            assert await page.evaluate("() => location.search") == "?elsewhere"
            await page.close()


@pytest.mark.asyncio(loop_scope="module")
async def test_the_next_run_has_no_cookies_and_no_pages(
    engine: str, pool: BrowserPool, origin: Origin
) -> None:
    async with pool.lend(engine, origin.url) as first:
        await first.set_cookies(origin.url, {"session": "ann"})
        page = await first.open_page(lambda text: None)
        await page.go(f"{origin.url}/page")
        assert "session=ann" in await page.evaluate("() => document.cookie")
    async with pool.lend(engine, "http://127.0.0.1:1") as again:
        assert again is first
        page = await again.open_page(lambda text: None)
        await page.go(f"{origin.url}/page")
        assert await page.evaluate("() => document.cookie") == ""
    async with pool.lend(engine, origin.url) as other:
        assert other is not first, "it has visited this origin, and may have kept data of it"


@pytest.mark.asyncio(loop_scope="module")
async def test_a_page_that_never_loads_times_out(
    engine: str, pool: BrowserPool, origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang() -> None:
        async with pool.lend(engine, origin.url) as browser:
            page = await browser.open_page(lambda text: None)
            for module in ("playwright_page", "webdriver_page"):  # a tab may take longer to open
                monkeypatch.setattr(f"harness.browsers.drivers.{module}.GO_TIMEOUT_S", 1.0)
            await page.go(f"{origin.url}/hang")

    with pytest.raises(HarnessError, match="load a page"):
        await hang()


@pytest.mark.asyncio(loop_scope="module")
async def test_a_browser_that_dies_raises_browser_lost_and_the_next_run_gets_another(
    engine: str, pool: BrowserPool, origin: Origin
) -> None:
    async def lose() -> None:
        async with pool.lend(engine, origin.url) as browser:
            page = await browser.open_page(lambda text: None)
            await page.go(f"{origin.url}/page")
            browser.kill()  # type: ignore[attr-defined]
            await page.evaluate("() => 1")

    with pytest.raises(BrowserLost):
        await lose()
    async with pool.lend(engine, "http://127.0.0.1:1") as another:
        page = await another.open_page(lambda text: None)
        await page.go(f"{origin.url}/page")
        assert await page.evaluate("() => 1 + 1") == 2
