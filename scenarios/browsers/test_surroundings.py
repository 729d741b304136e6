"""What surrounds a page: policies, workers, storage, clocks, other origins, other people."""

from __future__ import annotations

from harness.core.clock import pause
from harness.core.wait import wait_until
from harness.faults.request.answers import Answers
from harness.faults.request.pages import Headers, Injects, Serves
from harness.ledger.kinds.client import Attempt, RetryScheduled
from harness.ledger.rundir import Arm, CheckSpec, RunPlan
from harness.run.run import Run
from harness.target.capabilities import Capability
from scenarios.catalogue.declare import Judge, StartRun, check
from scenarios.common.closing import LAST_WORDS_S
from scenarios.common.visit import DRAIN_S, FELT_S, NO_BEACON, SOON, finish
from scenarios.common.visit_case import only, visit_case

_HOUR_MS = 3_600_000
_NO_STORAGE = """Object.defineProperty(window, "indexedDB", {get() {
  throw new DOMException("blocked", "SecurityError"); }});"""
_FULL_STORAGE = """IDBObjectStore.prototype.put = () => {
  throw new DOMException("full", "QuotaExceededError"); };"""
_WORKER = "self.addEventListener('fetch', (event) => event.respondWith(fetch(event.request)));"
_REGISTER = """async () => {
  await navigator.serviceWorker.register("/sw.js", {scope: "/"});
  await navigator.serviceWorker.ready;
}"""
_JUMP = """(ms) => {
  const real = Date.now.bind(Date);
  Date.now = () => real() + ms;
  return Math.abs(Date.now() - real() - ms) < 1000;
}"""
_COUNT_LINES = """() => {
  const lines = window.logLines = {success: 0, failure: 0};
  for (const [name, kind] of [["info", "success"], ["warn", "failure"]]) {
    const real = console[name].bind(console);
    console[name] = (text) => { lines[kind] += text.includes("impression_flush"); real(text); };
  }
}"""
# As a script of somebody else that wraps fetch does when it fails: it throws, where fetch rejects.
_THROWS_ONCE = """const real = window.fetch;
window.fetch = function (...how) {
  if (!window.fetchThrew && how[1]?.method === "POST") {
    window.fetchThrew = true;
    throw new TypeError("a wrapper of fetch failed");
  }
  return real.apply(this, how);
};"""
# A GET: were it let through, the server would answer 405 and store nothing.
_IS_FORBIDDEN = "(url) => fetch(url).then(() => false, () => true)"
_UNRELATED = {
    "resize": "() => dispatchEvent(new Event('resize'))",
    "orientation": "() => screen.orientation?.dispatchEvent(new Event('change'))",
    "zoom": "() => visualViewport?.dispatchEvent(new Event('resize'))",
    "scroll": "() => document.dispatchEvent(new Event('scroll'))",
    "focus": "() => { dispatchEvent(new Event('blur')); dispatchEvent(new Event('focus')); }",
    "address": "() => { history.pushState(null, '', '#elsewhere'); history.back(); }",
    "print": "() => ['beforeprint', 'afterprint'].map((one) => dispatchEvent(new Event(one)))",
    "full screen": "() => document.dispatchEvent(new Event('fullscreenchange'))",
    "storage": "() => dispatchEvent(new StorageEvent('storage', {key: null}))",
    "language": "() => dispatchEvent(new Event('languagechange'))",
    "message": "() => postMessage('hello', '*')",
    "error": "() => dispatchEvent(new ErrorEvent('error', {message: 'of another script'}))",
}
"""What happens to a page that goes on showing: name → what makes it happen."""
FLUSHES = 80
FAILED = 5


def _policy(run: Run) -> dict[str, str]:
    """Allow the page everything but the endpoint."""
    allowed = " ".join(f"{run.network.url}{path}" for path in run.system.page.paths)
    return {"Content-Security-Policy": f"connect-src {allowed}"}


@visit_case(
    views=3,
    checks=[check("premise_held", question="the endpoint is forbidden", answer="true")],
    controls={Capability.PAGE_EVENTS},
)
async def test_csp_block(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """A policy of the page forbids the endpoint: is what was seen kept until it is allowed?"""
    async with start_run(cell) as run:
        gateway = await run.network.gateway()
        async with run.fault(Headers(gateway, run.system.page.path, _policy(run))):
            tab = await run.visitors.open_tab(flushDelayMs="200", retryBaseMs=SOON)
            endpoint = run.system.dialect.batch_request([], tab.tab).path
            await tab.ask("the endpoint is forbidden", _IS_FORBIDDEN, endpoint)
            await tab.look_at(*run.artworks(3))
            await tab.until(Attempt, timeout_s=10)
            await run.visitors.close_tab(tab)
        await finish(run)
    judge(run)


@visit_case(
    views=3,
    presets=("durable",),
    checks=[check("premise_held", question="fetch threw", answer="true")],
)
async def test_fetch_throws(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """A script of the page wraps fetch, and the wrapper throws once: are the views sent again?

    Beacons are blocked; a recorder that does not use fetch is not asked.
    """
    async with start_run(cell) as run:
        gateway = await run.network.gateway()
        async with run.fault(Injects(gateway, NO_BEACON + _THROWS_ONCE)):
            tab = await run.visitors.open_tab(flushDelayMs="200", retryBaseMs=SOON)
            await tab.look_at(*run.artworks(3))
            await tab.drained(20)
            await tab.ask("fetch threw", "() => Boolean(window.fetchThrew)")
            await run.visitors.close_tab(tab)
        await finish(run)
    judge(run)


@visit_case(
    views=2 * len(_UNRELATED),
    presets=("durable",),
    checks=[check("each_id_once")],
    about_s=14,
)
async def test_unrelated_events(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """A page is resized, printed, addressed anew, … as views wait: does it cost or double one?"""
    async with start_run(cell) as run:
        tab = await run.visitors.open_tab()
        artworks = run.artworks(2 * len(_UNRELATED))
        for place, happens in enumerate(_UNRELATED.values()):
            await tab.look_at(artworks[2 * place])
            await tab.page.evaluate(happens)
            await tab.look_at(artworks[2 * place + 1])
        await tab.drained(DRAIN_S)
        await run.visitors.close_tab(tab)
        await finish(run)
    judge(run)


@visit_case(views=3, presets=("durable",))
async def test_redirected_to_sign_in(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """A batch is answered with a redirect to a page that says 200: is it sent again?

    So does a server whose sessions have ended, or the network of a hotel. Beacons are blocked: no
    recorder sees their answers.
    """
    async with start_run(cell) as run:
        gateway = await run.network.gateway()
        elsewhere = Answers(gateway, 302, times=2, headers={"Location": run.system.page.path})
        async with run.fault(Injects(gateway, NO_BEACON)):
            tab = await run.visitors.open_tab(flushDelayMs="200", retryBaseMs=SOON)
            async with run.fault(elsewhere):
                await tab.look_at(*run.artworks(3))
                await tab.drained(DRAIN_S)
            await run.visitors.close_tab(tab)
        await finish(run)
    judge(run)


def _works_from_memory(arm: Arm) -> list[CheckSpec]:
    """The durable recorder reports that it has no storage; the other never asks for one."""
    memory = [check("happened", state="memory")] if arm["preset"] == "durable" else []
    return [check("answered", question="it keeps a journal", answer="false"), *memory]


@visit_case(
    views=6,
    storage=["blocked", "full"],
    checks=_works_from_memory,
    controls={Capability.JOURNAL},
)
async def test_without_storage(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """IndexedDB is blocked, or full: does the recorder work from memory?"""
    script = {"blocked": _NO_STORAGE, "full": _FULL_STORAGE}[cell.arm["storage"]]
    async with start_run(cell) as run:
        gateway = await run.network.gateway()
        async with run.fault(Injects(gateway, script)):
            tab = await run.visitors.open_tab(flushDelayMs="200")
            artworks = run.artworks(6)
            await tab.look_at(*artworks[:3])
            await tab.drained(15)
            await tab.ask("it keeps a journal", run.system.page.journals)
            await tab.look_at(*artworks[3:])
            await tab.drained(15)
            await run.visitors.close_tab(tab)
            await run.settle()
    judge(run)


@visit_case(
    views=6,
    jump=["forward", "back"],
    checks=[check("premise_held", question="the clock jumped", answer="true")],
    controls={Capability.PAGE_EVENTS},
)
async def test_clock_jump(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """The wall clock jumps by an hour while a retry waits: does it still come?"""
    by_ms = {"forward": _HOUR_MS, "back": -_HOUR_MS}[cell.arm["jump"]]
    async with start_run(cell) as run:
        gateway = await run.network.gateway()
        refusing = Answers(gateway, 503, times=2)
        async with run.fault(Injects(gateway, NO_BEACON)), run.fault(refusing):
            tab = await run.visitors.open_tab(flushDelayMs="200", retryBaseMs=SOON)
            artworks = run.artworks(6)
            await tab.look_at(*artworks[:3])
            await tab.until(RetryScheduled, timeout_s=10)
            await tab.ask("the clock jumped", _JUMP, by_ms)
            await tab.look_at(*artworks[3:])
            await tab.drained(20)
        await run.visitors.close_tab(tab)
        await finish(run)
    judge(run)


@visit_case(
    views=6, checks=[check("premise_held", question="a worker controls the page", answer="true")]
)
async def test_service_worker(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """A service worker carries every request of the page: are the totals the same?"""
    async with start_run(cell) as run:
        gateway = await run.network.gateway()
        async with run.fault(Serves(gateway, "/sw.js", "text/javascript", _WORKER)):
            tab = await run.visitors.open_tab(flushDelayMs="200")
            await tab.page.evaluate(_REGISTER)
            await tab.reload()
            await tab.ask(
                "a worker controls the page", "() => Boolean(navigator.serviceWorker.controller)"
            )
            artworks = run.artworks(6)
            await tab.look_at(*artworks[:3])
            await tab.drained(15)
            await tab.look_at(*artworks[3:])
            await tab.drained(15)
            await run.visitors.close_tab(tab)
        await finish(run)
    judge(run)


_ACROSS = """async ([url, body, type]) => {
  const blob = new Blob([body], {type});
  return navigator.sendBeacon(url, type ? blob : body);
}"""


@visit_case(
    views=4,
    presets=("durable",),
    checks=[
        check("answered", question="text across origins", answer="true"),
        check("arrived_as", method="OPTIONS", least=1, most=1),
        check("arrived_as", method="POST", least=1, most=1),
    ],
    controls={Capability.PAGE_OPTIONS},
)
async def test_cross_origin(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """Beacons to another origin: does text leave without asking, and JSON only ask?"""
    async with start_run(cell) as run:
        foreign = await run.network.second_origin()
        tab = await run.visitors.open_tab(view="blank")
        ids = run.artworks(4)
        request = run.system.dialect.batch_request(ids, tab.tab)
        body, url = request.body.decode(), f"{foreign.url}{request.path}"
        await tab.look_without_recorder(ids, "text across origins", _ACROSS, [url, body, ""])
        await run.settle()
        await tab.ask("JSON across origins", _ACROSS, [url, body, "application/json"])
        asked = ("OPTIONS", request.path)
        await wait_until("it was asked", lambda: foreign.requests[asked], timeout_s=FELT_S)
        await run.visitors.close_tab(tab)
        await run.settle()
    judge(run)


@visit_case(
    views=FLUSHES + FAILED,
    checks=[check("log_sampled", success_share=0.1)],
    about_s=14,
    controls={Capability.RECORDER_RULES, Capability.PAGE_EVENTS},
)
async def test_log_sampling(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """Many flushes, some refused: is a tenth of the successes logged and every failure?"""
    async with start_run(cell) as run:
        gateway = await run.network.gateway()
        async with run.fault(Injects(gateway, NO_BEACON)):
            tab = await run.visitors.open_tab(flushDelayMs="0", retryBaseMs="50")
            await tab.page.evaluate(_COUNT_LINES)
            artworks = run.artworks(FLUSHES + FAILED)
            for artwork in artworks[:FLUSHES]:
                await tab.look_at(artwork)
                await tab.drained(10)
            async with run.fault(Answers(gateway, 503, times=FAILED)):
                await tab.look_at(*artworks[FLUSHES:])
                await tab.drained(20)
            await tab.ask("log lines", "() => window.logLines")
            await run.visitors.close_tab(tab)
            await finish(run)
    judge(run)


@visit_case(views=6, needs=["toxiproxy"], checks=only("durable", check("happened", state="held")))
async def test_two_accounts(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """One signs out with views still on disk, another signs in: is anything sent as hers?"""
    async with start_run(cell) as run:
        artworks = run.artworks(6)
        ann, bob = run.two_users()
        tab = await run.visitors.open_tab(ann, flushDelayMs="200", retryBaseMs=SOON)
        async with run.network.cut():
            await tab.look_at(*artworks[:3])
            await run.visitors.close_tab(tab)
            await pause(LAST_WORDS_S)
        other = await run.visitors.open_tab(bob, flushDelayMs="200", retryBaseMs=SOON)
        await other.look_at(*artworks[3:])
        await other.drained(15)
        await run.visitors.close_tab(other)
        await finish(run, ann, bob)
    judge(run)
