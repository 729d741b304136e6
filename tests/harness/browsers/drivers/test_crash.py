"""A browser that is killed restores its tabs; a single page can crash alone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from aiohttp import web

from harness.browsers.base import BrowserLost, Can, CrashesPages, Restores
from harness.browsers.catalogue import ENGINES, entry_of
from harness.browsers.drivers.chromium import Chromium
from harness.browsers.drivers.firefox import Firefox
from harness.browsers.pool import BrowserPool
from harness.core.errors import HarnessError
from harness.core.wait import wait_until
from harness.process.processes import Processes
from harness.process.supervisor import tagged_processes
from harness.setup import available
from tests.harness.browsers.session_files import saved_urls

PAGE = """<!doctype html><title>a page</title><script>
window.loaded = `${location.search} ${Math.random()}`;
</script>"""
WHERE = "() => location.search"
REPORT = "(text) => window.impressionWitness(text)"
TABS = 3

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("crash")]
RESTORING = [name for name in ENGINES if Can.RESTORE in entry_of(name).can]


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


@pytest_asyncio.fixture(loop_scope="module")
async def url() -> AsyncIterator[str]:
    async def page(request: web.Request) -> web.Response:
        return web.Response(text=PAGE, content_type="text/html")

    app = web.Application()
    app.add_routes([web.get("/page", page)])
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    yield f"http://{host}:{port}"
    await runner.cleanup()


def needs(name: str) -> None:
    lacking = [part for part in entry_of(name).parts if not available(part)]
    if lacking:
        pytest.skip(f"no {', '.join(lacking)}; `harness setup` brings it")


def test_chromium_and_firefox_can_restore() -> None:
    assert RESTORING == ["chromium", "firefox"]


@pytest.mark.parametrize("engine", RESTORING)
@pytest.mark.asyncio(loop_scope="module")
async def test_a_killed_browser_restores_its_tabs(engine: str, pool: BrowserPool, url: str) -> None:
    needs(engine)
    heard: list[str] = []
    async with pool.lend(engine, url) as browser:
        assert isinstance(browser, Restores)
        assert isinstance(browser, Chromium | Firefox)
        before = []
        for number in range(TABS):
            page = await browser.open_page(lambda text: None)
            await page.go(f"{url}/page?{number}")
            before.append(await page.evaluate("() => window.loaded"))
        pids = set(browser.processes.values())
        # Browsers save their session every second or two; a younger tab is not restored.
        await wait_until(
            "its session file names every tab",
            lambda: {f"{url}/page?{n}" for n in range(TABS)} <= saved_urls(browser),
            timeout_s=60,
        )
        await browser.crash()
        with pytest.raises(HarnessError):
            await page.evaluate(WHERE)
        again = await browser.restart()
        assert pids.isdisjoint(browser.processes.values())
        assert {await one.evaluate(WHERE) for one in again} == {f"?{n}" for n in range(TABS)}
        # Loaded anew, not the pages that were.
        loaded = {await one.evaluate("() => window.loaded") for one in again}
        assert loaded.isdisjoint(before)
        await again[0].listen(heard.append)
        await again[0].front()
        await again[0].evaluate(REPORT, "back")
        await wait_until("it is heard", lambda: heard == ["back"], timeout_s=60)


@pytest.mark.asyncio(loop_scope="module")
async def test_a_crashed_page_is_reloaded_and_the_browser_stays_alive(
    pool: BrowserPool, url: str
) -> None:
    needs("chromium")
    heard: list[str] = []
    async with pool.lend("chromium", url) as browser:
        assert isinstance(browser, CrashesPages)
        page = await browser.open_page(lambda text: None)
        await page.go(f"{url}/page?1")
        before = await page.evaluate("() => window.loaded")
        pids = dict(browser.processes)
        again = await browser.crash_page(page)
        with pytest.raises(BrowserLost):
            await page.evaluate(WHERE)
        assert browser.processes == pids
        await again.listen(heard.append)
        assert await again.evaluate(WHERE) == "?1"
        assert await again.evaluate("() => window.loaded") != before
        await again.evaluate(REPORT, "alive")
        await wait_until("it is heard", lambda: heard == ["alive"], timeout_s=60)


@pytest.mark.asyncio(loop_scope="module")
async def test_a_page_beside_others_cannot_be_crashed(pool: BrowserPool, url: str) -> None:
    needs("chromium")
    async with pool.lend("chromium", url) as browser:
        assert isinstance(browser, CrashesPages)
        pages = [await browser.open_page(lambda text: None) for _ in range(2)]
        with pytest.raises(HarnessError, match="only tab"):
            await browser.crash_page(pages[0])
