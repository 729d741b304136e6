"""Hearts on the history: each change once, whatever becomes of it; a link that shows no more."""

from __future__ import annotations

from harness.browsers.base import Can
from harness.faults.request.answers import AckLost, Answers, Requests
from harness.ledger.rundir import RunPlan
from harness.target.capabilities import Capability
from harness.target.reference.product import FAVOURITES_PATH, IMPROVEMENT
from scenarios.catalogue.declare import Judge, StartRun, check
from scenarios.common.visit import DRAIN_S, EAGER, felt, finish
from scenarios.common.visit_case import visit_case
from scenarios.product.gallery import Gallery

SEEN = 5
CHANGES = 7
_CONTROLS = {Capability.RESTARTABLE_SERVER, Capability.TABLE}
_CHANGES = Requests(method="POST", path=FAVOURITES_PATH)


NO_CLICK_IN_FIXED_BOX = {
    "webkitgtk": "WebKitGTK's driver (2.50) takes a button in a fixed box for one that cannot be "
    "clicked, and “Undo” is one"
}


@visit_case(
    matrix="product",
    views=SEEN,
    checks=[check("favourites_once", changes=CHANGES)],
    presets=("durable",),
    controls=_CONTROLS,
    about_s=25,
    abilities=[Can.DOUBLE_CLICK],
    unsupported=NO_CLICK_IN_FIXED_BOX,
    improvement=[IMPROVEMENT],
    trouble=["none", "unanswered", "answers_lost"],
)
async def test_favourites(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """A visitor sets hearts by a click and a double click, takes one back, undoes one, and changes
    one in a second tab: is each change made once, and the last one kept, whatever becomes of
    requests?"""
    async with start_run(cell) as run:
        gateway = await run.network.gateway()
        tab = await run.visitors.open_tab(**EAGER)
        await tab.look_at(*run.artworks(SEEN))
        await tab.drained(DRAIN_S)
        gallery = Gallery(run, tab)
        await gallery.open_history(at_least=SEEN)
        second = await run.visitors.open_tab(**EAGER)
        other = Gallery(run, second)
        await other.open_history(at_least=SEEN)
        await tab.front()
        faults = {
            "unanswered": Answers(gateway, 503, which=_CHANGES, times=4),
            "answers_lost": AckLost(gateway, which=_CHANGES, times=2),
        }
        fault = faults.get(cell.arm["trouble"])
        if fault is None:
            await _change_hearts(gallery, other)
        else:
            async with run.fault(fault):
                await _change_hearts(gallery, other)
                await felt(fault)
        await gallery.read_favourites(CHANGES)
        await run.visitors.close_tab(second)
        await run.visitors.close_tab(tab)
        await finish(run)
    judge(run)


async def _change_hearts(gallery: Gallery, other: Gallery) -> None:
    """Make seven changes of four hearts, in two tabs."""
    await gallery.click_heart(0)
    await gallery.click_heart(1, times=2)
    await gallery.click_heart(2)
    await gallery.click_heart(2)
    await gallery.click_heart(3)
    await gallery.undo(3)
    await other.tab.front()
    await other.click_heart(0)


@visit_case(
    matrix="product",
    views=2 * SEEN,
    checks=[
        check("share_shows_favourites", shares=1),
        check("favourites_once", changes=4),
    ],
    presets=("durable",),
    controls=_CONTROLS,
    about_s=30,
    improvement=[IMPROVEMENT],
)
async def test_shared_collection(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """Two users have favourites and one shares a link: does somebody who is not signed in see those
    favourites and no other, and none once it is revoked?"""
    async with start_run(cell) as run:
        ann, bob = run.two_users()
        artworks = run.artworks(2 * SEEN)
        for user, seen in ((bob, artworks[:SEEN]), (ann, artworks[SEEN:])):
            tab = await run.visitors.open_tab(user, **EAGER)
            await tab.look_at(*seen)
            await tab.drained(DRAIN_S)
            gallery = Gallery(run, tab)
            await gallery.open_history(at_least=SEEN)
            await gallery.click_heart(0)
            await gallery.click_heart(3)
            await gallery.until_sent()
            if user == bob:
                await run.visitors.close_tab(tab)
        link = await gallery.share()
        await run.visitors.sign_out()
        await gallery.look_behind(link, revoked=False)
        await run.visitors.sign_in(ann)
        await gallery.return_to_history(at_least=SEEN)
        await gallery.revoke(0)
        await run.visitors.sign_out()
        await gallery.look_behind(link, revoked=True)
        await gallery.read_favourites(4)
        await run.visitors.close_tab(tab)
        await finish(run, ann, bob)
    judge(run)
