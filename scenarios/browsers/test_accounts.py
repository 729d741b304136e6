"""Whose view it is: users who take turns in a tab, and batches that claim another's name."""

from __future__ import annotations

from typing import Any

from harness.browsers.base import Can
from harness.browsers.visitor import Tab
from harness.core.errors import HarnessError
from harness.core.wait import wait_until
from harness.faults.request.answers import Delays, Requests
from harness.ledger.kinds.client import Acknowledged, BatchRefused, Held, Unanswered
from harness.ledger.rundir import RunPlan
from harness.run.run import Run
from harness.target.capabilities import Capability
from harness.target.reference.dialect import SESSION_PATH
from scenarios.catalogue.declare import Judge, StartRun, check
from scenarios.common.sign_in import SUBJECT_S, change_user
from scenarios.common.visit import DRAIN_S, EAGER, finish
from scenarios.common.visit_case import visit_case

EACH = 4
CLAIM = "a batch that claims another's name"
"""The question under which the status is written down, for the check ``claims_refused``."""

UNSIGNED = "a batch that names a user and has no session"
"""The same for one that is sent without the session's cookie."""

_SEND = """([url, method, headers, body, credentials]) =>
  fetch(url, { method, headers, body, credentials }).then((answer) => answer.status)"""
FORGED = "a batch with a session that was never given"
"""The same for one whose session the target did not make."""

SEPARATORS = ("", ":", "-", "_", "|", "/", ",", ".", "#", " ")
"""What a key is joined with where it is made of the texts of a user and an artwork."""

HELD_S = 10.0
_ANSWERED = (Held, BatchRefused, Unanswered, Acknowledged)
_SESSION_ANSWERS = f"""() => performance.getEntriesByType("resource").filter(
  (one) => new URL(one.name).pathname === "{SESSION_PATH}" && one.responseEnd > 0).length"""
_LATER = "600000"
"""``flushDelayMs`` of a page that sends nothing by itself while it is open."""


@visit_case(
    views=4 * EACH,
    presets=("durable",),
    abilities=[Can.HIDE],
    flushed=["yes", "no"],
    checks=[check("nothing_for_another"), check("each_id_once")],
    about_s=10,
    controls={Capability.OWNER},
)
async def test_same_tab_two_users(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """Two users see the same in one tab, each before the other: is each view stored for each?

    The second sees what the first saw, and more; then the first is back and sees that, too.
    ``flushed``: whether what one saw has arrived when the other signs in, or waits in the queue.
    What waits for the first user has to be sent once that one is back.
    """
    flushed = cell.arm["flushed"] == "yes"
    options: dict[str, Any] = {"flushDelayMs": "100" if flushed else _LATER}
    async with start_run(cell) as run:
        first, second = run.two_users()
        artworks = run.artworks(2 * EACH)
        tab = await run.visitors.open_tab(first, **options)
        await tab.look_at(*artworks[:EACH])
        await _sent(tab, flushed)
        await change_user(run, tab, second)
        await tab.look_at(*artworks)
        await _sent(tab, flushed)
        await change_user(run, tab, first)
        await tab.look_at(*artworks[EACH:])
        if run.system.page.flush:
            await tab.flush()
            await tab.drained(DRAIN_S)
        await run.visitors.close_tab(tab)
        await finish(run, first, second)
    judge(run)


async def _sent(tab: Tab, flushed: bool) -> None:
    if flushed:
        await tab.drained(DRAIN_S)


@visit_case(
    views=2 * EACH,
    presets=("durable",),
    abilities=[Can.HIDE],
    by=["sign_out", "another"],
    checks=[
        check("happened", state="turned_away"),
        check("nothing_for_another"),
        check("each_id_once"),
    ],
    about_s=10,
    controls={Capability.OWNER, Capability.PAGE_EVENTS},
)
async def test_session_ends(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """The session ends and the page does not know (401, or 409): is what it sends held for later?

    ``by``: whether the user signed out elsewhere, or another has signed in there. The other sees
    the same in a tab of its own before the first signs in again.
    """
    async with start_run(cell) as run:
        user, another = run.two_users()
        artworks = run.artworks(EACH)
        tab = await run.visitors.open_tab(user, **EAGER)
        if cell.arm["by"] == "another":
            await run.visitors.sign_in(another)
        else:
            await run.visitors.sign_out()
        await tab.look_at(*artworks)
        await tab.until(*_ANSWERED, timeout_s=HELD_S)
        other_tab = await run.visitors.open_tab(another, **EAGER)
        await other_tab.look_at(*artworks)
        await other_tab.drained(DRAIN_S)
        await run.visitors.close_tab(other_tab)
        await change_user(run, tab, user)
        await tab.drained(DRAIN_S)
        await run.visitors.close_tab(tab)
        await finish(run, user, another)
    judge(run)


@visit_case(
    views=EACH,
    presets=("durable",),
    abilities=[Can.HIDE],
    checks=[check("each_id_once")],
    about_s=10,
    controls={Capability.OWNER, Capability.RECORDER_RULES},
)
async def test_session_answers_overtake(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """Who was signed in is answered after who is: are the views that follow those of who is?

    The page asks when it comes to the front: the first time its answer is held back, until another
    user has signed in and the page knows.
    """
    async with start_run(cell) as run:
        gateway = await run.network.gateway()
        user, another = run.two_users()
        tab = await run.visitors.open_tab(user, flushDelayMs=_LATER)
        asks = Requests(method="GET", path=SESSION_PATH)
        late = Delays(gateway, HELD_S, what="answer", times=1, which=asks)
        answered = await tab.page.evaluate(_SESSION_ANSWERS)
        async with run.fault(late):
            await tab.hide()
            await tab.front()
            await wait_until("the page asks", lambda: late.acts == 1, timeout_s=SUBJECT_S)
            await change_user(run, tab, another)

        async def both_are_answered() -> bool:
            return bool(await tab.page.evaluate(_SESSION_ANSWERS) >= answered + 2)

        await wait_until("both are answered", both_are_answered, timeout_s=SUBJECT_S)
        await tab.look_at(*run.artworks(EACH))
        await run.visitors.close_tab(tab)
        await finish(run, user, another)
    judge(run)


@visit_case(
    views=2 * EACH,
    presets=("durable",),
    checks=[
        check("claims_refused", claims=2, unsigned=2, forged=2),
        check("nothing_for_another"),
    ],
    controls={Capability.SUBJECT},
)
async def test_claimed_subject(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """A batch names another user than its session does: is it refused, and stored for neither?

    Each of two users sends one in the name of the other; their names differ by little. The same is
    then sent without a session, which speaks of no user at all, and with a session of the other
    that ends as the user's own does, which a target that signs or keeps its sessions never gave.
    """
    async with start_run(cell) as run:
        users = run.two_users()
        artworks = run.artworks(4 * EACH)
        for place, (user, other) in enumerate((users, users[::-1])):
            tab = await run.visitors.open_tab(user, flushDelayMs="200")
            mine = artworks[EACH * place : EACH * (place + 1)]
            unseen = artworks[EACH * (place + 2) : EACH * (place + 3)]
            await tab.look_at(*mine)
            await tab.drained(DRAIN_S)
            await _claim(run, tab, CLAIM, unseen, other)
            await _claim(run, tab, UNSIGNED, unseen, other)
            await run.visitors.forge_session(other, user)
            await _claim(run, tab, FORGED, unseen, other)
            await run.visitors.close_tab(tab)
        await finish(run, *users)
    judge(run)


async def _claim(run: Run, tab: Tab, question: str, artworks: list[str], subject: str) -> None:
    """Have the page send a batch that names ``subject``, with its user's session or without any;
    record the status under the question.

    Raises HarnessError where the target's batches name no user.
    """
    request = run.system.dialect.claimed_batch(artworks, tab.tab, subject)
    if request is None:
        raise HarnessError("this target's batches name no user")
    url = f"{run.network.url}{request.path}"
    session = "omit" if question == UNSIGNED else "include"
    what = [url, request.method, dict(request.headers), request.body.decode(), session]
    await tab.ask(question, _SEND, what)


@visit_case(
    views=2 * len(SEPARATORS),
    presets=("durable",),
    checks=[check("nothing_for_another"), check("each_id_once")],
    about_s=30,
    controls={Capability.OWNER, Capability.FREE_IDS},
)
async def test_joined_keys(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """A user and an artwork, joined, give the text of two others: is each view stored for each?

    ``ann`` sees ``x:1`` and ``ann:x`` sees ``1``: where a key is both texts with a colon between
    them, the two are one. So for every separator, and for none at all.
    """
    async with start_run(cell) as run:
        ann = run.visitor
        numbers = [f"{place:02d}" for place in range(len(SEPARATORS))]
        others = [f"{ann}{separator}x" for separator in SEPARATORS]
        tab = await run.visitors.open_tab(ann, **EAGER)
        first = zip(SEPARATORS, numbers, strict=True)
        await tab.look_at(*[f"x{separator}{number}" for separator, number in first])
        await tab.drained(DRAIN_S)
        await run.visitors.close_tab(tab)
        for other, number in zip(others, numbers, strict=True):
            tab = await run.visitors.open_tab(other, **EAGER)
            await tab.look_at(number)
            await tab.drained(DRAIN_S)
            await run.visitors.close_tab(tab)
        await run.settle()
    judge(run)
