"""Stand-ins for what a run's parts are made of: none starts a browser, a server or a database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from harness.browsers.base import BrowserFacts, Can, Closing
from harness.core.errors import HarnessError
from harness.ledger.files import Ledger, read_witness
from harness.ledger.rundir import Arm, RunPlan
from harness.process.owners import Death
from harness.run.context import RunContext
from harness.target.reference.system import SYSTEM
from harness.target.target import Site, Table

SERVER_URL = "http://127.0.0.1:1"


class FakeProcesses:
    """The owner of processes; inside a network it is another one."""

    def __init__(self, prefix: tuple[str, ...] = ()) -> None:
        self.prefix = prefix
        self.died: dict[int, Death] = {}
        self.children: list[Any] = []

    def deaths(self) -> dict[int, Death]:
        return self.died

    def inside(self, wrap: Any) -> FakeProcesses:
        return FakeProcesses(tuple(wrap(())))


class FakePage:
    """A visible page that can be looked at and closed."""

    def __init__(self) -> None:
        self.is_closed = False

    async def evaluate(self, function: str, argument: Any = None) -> Any:
        return False  # not hidden

    async def screenshot(self) -> bytes:
        return b"an open page"

    async def close(self, how: Closing = Closing.DEFAULT) -> None:
        self.is_closed = True


class FakeTab:
    """A tab with a queue; ``drains`` says whether it becomes empty when it is waited for."""

    def __init__(self, user: str = "ann", *, queue: tuple[str, ...] = (), drains: bool = True):
        self.user = user
        self.queue = list(queue)
        self.drains = drains
        self.page = FakePage()
        self.screenshot: bytes | None = None
        self.calls: list[str] = []

    async def drained(self, timeout_s: float) -> bool:
        self.calls.append("drained")
        if self.drains:
            self.queue.clear()
        self.screenshot = b"a closed tab"
        return not self.queue

    async def pending(self) -> list[str]:
        return self.queue

    async def close(self, how: Closing = Closing.DEFAULT) -> None:
        self.calls.append(f"close {how.value}")


class FakeBrowser:
    """A browser that remembers each origin's cookies and what was done to it."""

    def __init__(self, name: str = "chromium", *, can: frozenset[Can] = frozenset()) -> None:
        self.can = can
        self.facts = BrowserFacts(name=name, product=name, version="1", platform="Linux")
        self.processes = {name: 42}
        self.cookies: dict[str, dict[str, str]] = {}
        self.log: list[str] = []

    async def set_cookies(self, url: str, cookies: dict[str, str]) -> None:
        place = urlsplit(url)
        self.cookies[f"{place.scheme}://{place.netloc}"] = dict(cookies)

    async def console(self) -> list[str]:
        self.log.append("console")
        return [f"{self.facts.name} says"]

    async def requests(self) -> list[dict[str, Any]]:
        return [{"request": {"url": f"http://{self.facts.name}/"}}]

    async def start_trace(self) -> None:
        self.log.append("trace")

    async def stop_trace(self, path: str | None) -> None:
        self.log.append("trace kept")


class FakePool:
    """Lends a new browser each time; ``log`` says what was lent and how it came back."""

    processes: Mapping[str, int] = {}

    def __init__(self, *, can: frozenset[Can] = frozenset()) -> None:
        self.can = can
        self.lent: list[FakeBrowser] = []
        self.log: list[str] = []

    @asynccontextmanager
    async def lend(self, name: str, origin: str, *, device: str = "") -> AsyncIterator[FakeBrowser]:
        browser = FakeBrowser(name, can=self.can)
        self.lent.append(browser)
        self.log.append(" ".join(filter(None, ["lent", name, origin, device])))
        try:
            yield browser
        except BaseException as error:
            browser.log.append("ended")
            self.log.append(f"ended by {error}")
            raise
        browser.log.append("returned")
        self.log.append("returned")


class FakePath:
    """A path of no known kind: it can be cut, and may have died."""

    backend = "toxiproxy"

    def __init__(self) -> None:
        self.trouble = ""

    def outage(self, kind: Any) -> FakeFault:
        return FakeFault(f"outage {kind.value}")

    async def check(self) -> None:
        if self.trouble:
            raise HarnessError(self.trouble)


class FakeFault:
    """A fault that always proves itself."""

    def __init__(self, name: str) -> None:
        self.name = name

    async def inject(self) -> None: ...

    async def heal(self) -> None: ...

    async def evidence(self) -> str:
        return "felt"


class FakeDatabase:
    """The database witness: which rows it finds, and what was asked of it."""

    def __init__(self, *, stored: set[tuple[str, str]] | None = None) -> None:
        self.stored = stored if stored is not None else set()
        self.statements = 0
        self.log: list[str] = []

    async def count(self) -> int:
        return len(self.stored)

    async def active_inserts(self) -> int:
        return self.statements

    async def holds(self, impressions: set[tuple[str, str]]) -> bool:
        self.log.append("holds")
        return impressions <= self.stored

    async def final(self) -> int:
        self.log.append("final")
        return len(self.stored)

    async def violate(self) -> None:
        self.log.append("violate")

    async def violations(self, log: Path) -> None:
        self.log.append("violations")


def site(url: str = SERVER_URL, **others: Any) -> Site:
    """Return a site that is not there, with neither Toxiproxy nor parts unless named."""
    facts: dict[str, Any] = {
        "system": SYSTEM,
        "capabilities": SYSTEM.capabilities,
        "direct_url": url,
        "front_url": None,
        "dsn": "host=nowhere",
        "table": Table(),
        "receipts": Path("receipts.ndjson"),
        "toxiproxy_api": None,
        "proxy": None,
        "processes": {"server": 1},
    }
    return Site(**(facts | others))


def plan(arm: Arm | None = None, *, seed: int = 7) -> RunPlan:
    """Return a plan without checks."""
    return RunPlan(scenario="any", arm=arm or {}, seed=seed)


@contextmanager
def open_context(
    directory: Path, arm: Arm | None = None, *, target: Site | None = None, seed: int = 7
) -> Iterator[RunContext]:
    """Return a context whose ledger is open for the length of the block."""
    with Ledger(directory) as ledger:
        yield RunContext(
            plan=plan(arm, seed=seed),
            directory=directory,
            site=target or site(),
            processes=FakeProcesses(),  # type: ignore[arg-type]
            ledger=ledger,
            exits=AsyncExitStack(),
        )


@asynccontextmanager
async def listening(app: web.Application) -> AsyncIterator[str]:
    """Serve an application on loopback for the length of the block; yields its URL."""
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


def network_rows(directory: Path) -> list[dict[str, Any]]:
    """Return what the network witness wrote, once its ledger is closed."""
    rows: list[dict[str, Any]] = read_witness(directory / "network.arrows").table.to_pylist()
    return rows


def network_kinds(directory: Path) -> list[str]:
    """Return the kinds of the network witness's rows, once its ledger is closed."""
    return [row["kind"] for row in network_rows(directory)]
