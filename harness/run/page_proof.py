"""The proof of a page: before its first tab a view of an idle page must be stored, and it alone.

A recorder that ignores automated browsers, or a view that is none to it, would else look like a
system that loses everything; and a page that shows artworks by itself, as it opens or after a time,
like one that stores what no visitor saw.
"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import urljoin

from harness.browsers.base import Browser, Page
from harness.core.clock import NS_PER_S, now, pause
from harness.core.errors import HarnessError, WaitTimeout
from harness.core.wait import wait_until
from harness.run.context import RunContext
from harness.run.network import Network
from harness.target.described.dialect import DescribedDialect
from harness.target.dialect import HttpRequest, Session, origin_of
from harness.target.http import client_of, send
from harness.target.page import PageContract
from harness.target.sign_in import sign_in
from harness.target.system import System, system_for_run
from harness.target.target import Site
from harness.witnesses.truth.witness import GRACE_S, StoredWitness, TruthWitness

UP_S = 15.0
LOOK_EVERY_S = 0.25
IDLE_S = 1.5
"""For how long a page that is open is left alone before an artwork is looked at: what it shows in
that time it shows by itself."""
RESTS_S = 5.0
"""How long what is stored of a page that was left is waited for to stay the same."""
REDIRECTS_MAX = 10
"""More of them within the origin are the browser's affair: it has cookies that they may set."""
WHILE_OPEN, WHEN_LEFT = "while the page was open", "after the page was left"
NOT_STORED = "records nothing: a view of it was not stored, neither while it was open nor after"
HINT = (
    "Does its recorder ignore automated browsers (navigator.webdriver) or this host? Is what is "
    "seen on the screen for long enough (dwell_ms)?"
)
ALONE = (
    "Each artwork must be alone on the screen, and none as the page opens: leave room before the "
    "first and between them"
)
SHOWS_ALL = "shows every artwork by itself as it opens: none is left to look at"
NAMED = 3
"""How many artworks a sentence names."""
MAY_BE_EITHER = "with `scroll` in [page] the harness sees which of the two it is"


class PageProof:
    """The proof of one run's page, made once."""

    def __init__(self, context: RunContext, network: Network, database: StoredWitness) -> None:
        self._context = context
        self._network = network
        self._database = database
        self._is_made = False

    async def make(self, browser: Browser) -> None:
        """Look at an artwork of no visitor and wait until it is stored.

        Does nothing for a page that is known to record, and the second time. Raises HarnessError
        when it is not stored, and when the page shows others by itself that are.
        """
        system, database = self._context.system, self._database
        if self._is_made or not system.page.must_prove_itself:
            return
        self._is_made = True
        if not isinstance(database, TruthWitness):
            return
        # Ids of another mark: they are none of this run's.
        other = system_for_run(system.name.partition("#")[0], self._context.plan.seed)
        dialect, user, site = other.dialect, self._context.visitor, self._context.site
        assert isinstance(dialect, DescribedDialect)

        async def stored() -> set[str]:
            found = await database.stored(dialect.ids)
            return {artwork for name, artwork in found if name == user}

        with self._context.phases.during("page proof"):
            is_direct = self._network.reaches_target_directly
            # At an origin of its own, past every fault; only behind a link there is no other.
            origin = site.direct_url if is_direct else self._network.url
            idle = await looked_at(browser, other, site, origin, user, dialect.pool, idle_s=IDLE_S)
            left_for = f"{origin}{dialect.health_path}"
            try:
                within_s = site.settle_s + GRACE_S
                seen = await when_stored(idle, stored, within_s=within_s, left_for=left_for)
                if not seen:
                    raise HarnessError(f"[page] {system.page.path} {NOT_STORED}", hint=HINT)
                unasked = await unasked_views(idle, stored, left_for=left_for)
            finally:
                await idle.page.close()
            if why := unasked.refusal:
                raise HarnessError(f"[page] {system.page.path} {why}", hint=unasked.hint)


@dataclass(slots=True, kw_only=True)
class IdlePage:
    """An idle page on which one artwork is looked at. ``seen`` has every other that was on the
    screen, with words that say when; it stays empty where the page's contract does not tell."""

    page: Page
    contract: PageContract
    pool: Sequence[str]
    artwork: str = ""
    seen: dict[str, str] = field(default_factory=dict)

    async def watch(self, when: str) -> None:
        """Note what is on the screen now."""
        if self.contract.on_screen:
            for one in await self.page.evaluate(self.contract.on_screen, list(self.pool)):
                self.seen.setdefault(str(one), when)


class Unasked(NamedTuple):
    """What an idle page had stored although no visitor looked at it: ``shown`` was on the screen,
    with words that say when; ``invented`` was not; ``either`` is one of the two."""

    shown: tuple[tuple[str, str], ...] = ()
    invented: tuple[str, ...] = ()
    either: tuple[str, ...] = ()

    @property
    def refusal(self) -> str:
        """Return why no verdict can rest on the page, empty where one can: what a recorder invents
        is for a run to find, what a page shows by itself would be called the same there."""
        if self.shown:
            named = "; ".join(f"{artwork}, {when}" for artwork, when in self.shown[:NAMED])
            return f"shows by itself what no visitor looked at, and that is stored: {named}"
        if self.either:
            named = ", ".join(self.either[:NAMED])
            return (
                f"has stored what no visitor looked at: {named}. It shows that by itself, or its "
                "recorder invents it"
            )
        return ""

    @property
    def hint(self) -> str:
        """Return what helps against the refusal."""
        return ALONE if self.shown else f"{ALONE}; {MAY_BE_EITHER}"


async def looked_at(
    browser: Browser,
    system: System,
    site: Site,
    origin: str,
    user: str,
    pool: Sequence[str],
    *,
    idle_s: float,
) -> IdlePage:
    """Open a system's page at an origin for a user who is signed in, leave it alone for ``idle_s``,
    then look at an artwork of the pool that it does not show by itself. The tab stays open.

    Raises HarnessError, too where the page leads to another origin, or shows all by itself.
    """
    session = await sign_in(system.dialect, site.direct_url, user)
    await _check_redirects(system, site.direct_url, user, session)
    await browser.set_cookies(f"{origin}{system.dialect.health_path}", session.cookies)
    page = await browser.open_page(_ignore)
    await page.go(system.page.url(origin, {}, user))

    async def is_up() -> bool:
        return bool(await page.evaluate(system.page.is_up))

    try:
        await wait_until(f"[page] {system.page.path} is up", is_up, timeout_s=UP_S)
    finally:  # a page that has left is why it is not up
        await check_stays(page, system.page, origin)
    await page.front()
    idle = IdlePage(page=page, contract=system.page, pool=pool)
    await idle.watch("on the screen as the page opened")
    until_ns = now().mono_ns + int(idle_s * NS_PER_S)
    while now().mono_ns < until_ns:
        await pause(LOOK_EVERY_S)
        await idle.watch("on the screen some time after the page opened")
    # From the middle of the page, where an artwork has others on both sides.
    order = [*pool[len(pool) // 2 :], *pool[: len(pool) // 2]]
    unseen = [one for one in order if one not in idle.seen]
    if not unseen:
        raise HarnessError(f"[page] {system.page.path} {SHOWS_ALL}", hint=ALONE)
    idle.artwork = unseen[0]
    await page.evaluate(system.page.show, [idle.artwork])
    await idle.watch("on the screen beside what was looked at")
    return idle


async def unasked_views(
    idle: IdlePage, stored: Callable[[], Awaitable[AbstractSet[str]]], *, left_for: str
) -> Unasked:
    """Return what is stored of a page's pool although no visitor looked at it.

    The tab goes to ``left_for``, so that the page sends what it still holds, and what is stored is
    read until it stays the same.
    """
    await idle.page.go(left_for)
    known: AbstractSet[str] = await stored()

    async def rests() -> bool:
        nonlocal known
        before, known = known, await stored()
        return known == before

    with contextlib.suppress(WaitTimeout):  # what has come by then is enough to refuse it
        await wait_until(
            "what is stored of an idle page stays the same",
            rests,
            timeout_s=RESTS_S,
            interval_s=LOOK_EVERY_S,
        )
    others = [one for one in idle.pool if one in known and one != idle.artwork]
    if not idle.contract.on_screen:
        return Unasked(either=tuple(others))
    return Unasked(
        shown=tuple((one, idle.seen[one]) for one in others if one in idle.seen),
        invented=tuple(one for one in others if one not in idle.seen),
    )


async def when_stored(
    idle: IdlePage,
    stored: Callable[[], Awaitable[AbstractSet[str]]],
    *,
    within_s: float,
    left_for: str,
) -> str:
    """Wait until a view of an idle page is stored; return when it was, empty for never.

    A recorder may send as its page is left and not before: after ``within_s`` the tab goes to
    ``left_for``, and as long is waited again.
    """

    async def is_stored() -> bool:
        if when == WHILE_OPEN:
            await idle.watch("on the screen some time after the page opened")
        return idle.artwork in await stored()

    for when in (WHILE_OPEN, WHEN_LEFT):
        if when == WHEN_LEFT:
            await idle.page.go(left_for)
        with contextlib.suppress(WaitTimeout):
            await wait_until(
                "a view of an idle page is stored",
                is_stored,
                timeout_s=within_s,
                interval_s=LOOK_EVERY_S,
            )
            return when
    return ""


async def check_stays(page: Page, contract: PageContract, origin: str) -> None:
    """Raise HarnessError where a tab that was led to an origin is at another one now."""
    if there := str(await page.evaluate(contract.strayed_from(origin))):
        raise _leads_away(contract, there)


async def _check_redirects(system: System, url: str, user: str, session: Session) -> None:
    """Ask for a system's page and follow its redirects within its origin; raise HarnessError for
    one to another: a browser would go there, past every fault and maybe to another machine."""
    asked, cookie = system.page.url(url, {}, user), session.headers.get("Cookie")
    headers = {"Cookie": cookie} if cookie else {}
    async with client_of(system.dialect) as client:
        for _ in range(REDIRECTS_MAX):
            path = asked.removeprefix(url)
            reply = await send(client, url, HttpRequest(method="GET", path=path, headers=headers))
            there = reply.leads_to(asked)
            if not there:
                return
            if there != origin_of(url):
                raise _leads_away(system.page, there)
            asked = urljoin(asked, reply.header("Location") or "")


def _leads_away(contract: PageContract, there: str) -> HarnessError:
    return HarnessError(
        f"[page] {contract.path} leads to {there}, which is not base_url: no view is made there",
        hint="Write in base_url where the page is, with the name by which it links to itself",
    )


def _ignore(text: str) -> None:
    """Ignore an event of the page's recorder: it belongs to no visit."""
