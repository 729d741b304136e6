"""What the cases of the browser matrix share: every engine, both presets, the books balanced."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence

from harness.browsers.base import Can, Closing
from harness.browsers.catalogue import ENGINES
from harness.core.errors import WaitTimeout
from harness.core.wait import wait_until
from harness.faults.request.answers import FeltByUse
from harness.ledger.rundir import Arm, CheckSpec
from harness.run.run import Run
from scenarios.catalogue.declare import F, arms, check, scenario
from scenarios.common.delivery import EXACTLY_ONCE_BUT_SOME, exactly_once

PRESETS = ("durable", "roadmap")
RETURN_S = 30.0
"""How long a return visit may take to send what an earlier one left: adoption and a retry."""

SOON = "400"
"""``retryBaseMs`` of cases that do not ask about the backoff itself: the same rule, sooner."""

CLOSES = 10
"""Tabs that are closed in a case that asks about closing."""

LUCKY_CLOSES = 40
"""Tabs that Firefox closes there under the roadmap's recorder: what that loses is a matter of luck,
and a verdict must not be. Of what leaves in pagehide Firefox dropped 15 to 70 in a hundred, by the
run: that it drops none of forty has a chance of 0.2 % at most."""

HIDDEN_CLOSES = 20
"""As many where the tabs were hidden before: of these Firefox dropped half and more."""

FELT_S = 4.0
"""What a browser that closes a tab still has to send is at the gateway by then, or never."""

LAST_WORDS_S = 2.0
"""So long a fault outlives the last tab that is closed into it: what the browser still sends for
that tab must not find the line whole again."""

NO_BEACON = "delete Navigator.prototype.sendBeacon;"
"""As a content blocker leaves a page, and as the oldest browsers are."""

Checks = Sequence[CheckSpec] | Callable[[Arm], Sequence[CheckSpec]]


def closes_in(arm: Arm, *, lucky: int = LUCKY_CLOSES) -> int:
    """Return how many tabs are closed where closing is the question: ``lucky`` where it is luck.

    Luck is what Firefox drops, and only the roadmap's recorder loses by it.
    """
    return lucky if arm["preset"] == "roadmap" and is_firefox(arm) else CLOSES


def closing_s(arm: Arm, *, lucky: int = LUCKY_CLOSES) -> float:
    """Return how long such a case takes: a tab a second."""
    return 10.0 + closes_in(arm, lucky=lucky)


def is_firefox(arm: Arm) -> bool:
    """Return whether it is a Firefox, of whatever make."""
    return arm["browser"].startswith("firefox")


def case(
    *,
    views: int | Callable[[Arm], int],
    checks: Checks = (),
    about_s: float | Callable[[Arm], float] = 8,
    presets: Sequence[str] = PRESETS,
    needs: Sequence[str] = (),
    abilities: Sequence[Can] = (),
    unsupported: Mapping[str, str] | None = None,
    exclusive: bool = False,
    some_lost: bool = False,
    matrix: str = "browsers",
    **factors: Sequence[str],
) -> Callable[[F], F]:
    """Register a case of a matrix: it shows ``views`` views, each stored exactly once.

    With ``some_lost`` the durable recorder may lose views: what a server refused for good, what a
    user erased. A check of the case's own then says which, and allows no other.
    """

    def all_checks(arm: Arm) -> Sequence[CheckSpec]:
        own = checks(arm) if callable(checks) else checks
        planned = views(arm) if callable(views) else views
        if some_lost and arm["preset"] == "durable":
            own = (check("views_as_planned", views=planned), *EXACTLY_ONCE_BUT_SOME, *own)
        else:
            own = (*exactly_once(planned), *own)
        return (*own, check("drained_in_time"))

    return scenario(
        matrix=matrix,
        arms=arms(browser=ENGINES, preset=presets, **factors),
        needs=needs,
        checks=all_checks,
        about_s=about_s,
        abilities=abilities,
        unsupported=unsupported,
        exclusive=exclusive,
    )


def long_ids(run: Run, count: int, size_bytes: int, *, letter: str = "x") -> list[str]:
    """Return ids of exactly so many UTF-8 bytes, drawn from nothing but their number."""
    width = len(letter.encode())
    found = []
    for number in range(count):
        head = f"{run.plan.seed}-{number:04d}-"
        room = size_bytes - len(head)
        found.append(head + letter * (room // width) + "." * (room % width))
    return found


def only(preset: str, *specs: CheckSpec) -> Callable[[Arm], Sequence[CheckSpec]]:
    """Return checks that judge one preset: the other has no such rule."""
    return lambda arm: specs if arm["preset"] == preset else ()


async def felt(fault: FeltByUse, *, acts: int = 1) -> None:
    """Give what left a closing page time to meet the fault; whether it did, checks decide."""
    with contextlib.suppress(WaitTimeout):
        await wait_until(f"{fault.name} was felt", lambda: fault.acts >= acts, timeout_s=FELT_S)


async def close_each_at_once(
    run: Run, how: Closing = Closing.DEFAULT, *, closes: int | None = None, **options: str
) -> None:
    """Open tabs one after the other, look at two artworks in each and close it at once."""
    count = closes_in(run.plan.arm) if closes is None else closes
    artworks = iter(run.artworks(2 * count))
    for _ in range(count):
        by_script = how is Closing.SCRIPT
        tab = await run.visitors.open_tab(user="", behind=False, by_script=by_script, **options)
        await tab.look_at(next(artworks), next(artworks))
        await run.visitors.close_tab(tab, how)


async def finish(run: Run, *users: str) -> None:
    """Let everybody come back once, so that what waits on disk is sent; then settle."""
    for user in users or (run.visitor,):
        await run.visitors.return_visit(user, timeout_s=RETURN_S)
    await run.settle()
