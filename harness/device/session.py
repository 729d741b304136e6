"""A session with one device: it opens a link and is led through the steps.

    async with DeviceSession(options, …) as session:
        facts = await session.arrival()
        await session.carry_out(cells, start)

The device keeps one origin for the whole session, while every attempt at a step is a run of its own
on a fresh stack: the gateway forwards to the current one.
"""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from harness.browsers.base import BrowserFacts
from harness.browsers.user_agent import Signs, facts_of
from harness.core.clock import now
from harness.core.errors import HarnessError, WaitTimeout
from harness.core.wait import wait_until
from harness.device.desk import ROOT, Desk, json_answer, redirect
from harness.device.state import TEXTS, Phase, SessionState, StepState
from harness.device.steps import DeviceStep
from harness.device.visit import Role, Stage, Visit
from harness.faults.request.gateway import Gateway
from harness.faults.request.messages import Answer, Call, answer_of
from harness.faults.request.pages import Injects
from harness.ledger.kinds import NETWORK
from harness.ledger.plan import PlannedCell
from harness.run.run import Run
from harness.target.sign_in import sign_in
from harness.target.system import System

_HERE = Path(__file__).parent
_FILES = {
    "": ("guide.html", "text/html; charset=utf-8"),
    "guide.css": ("guide.css", "text/css; charset=utf-8"),
    "guide.js": ("guide.js", "text/javascript; charset=utf-8"),
}
_CONDUCTOR = _HERE / "conductor.js"
RETURN_TIMEOUT_S = 30.0
ADOPTED_LATER_S = 110.0
"""Timeout of the return visit without Web Locks (plain HTTP in a LAN): the recorder adopts a dead
tab's queue after a minute without a write, and looks for one every fifteen seconds."""
GONE_S = 20.0
"""A device whose guide has sent no request for this time is considered gone."""
_GOODBYE_S = 3.0


class Undone(HarnessError):
    """The step was not done, so its cell cannot be decided."""


StartRun = Callable[[PlannedCell], AbstractAsyncContextManager[Run]]
"""Returns a context manager of a run on a fresh stack for a cell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionOptions:
    """The options of a session. ``timeout_s`` is a person's time for each step."""

    system: System
    steps: Sequence[DeviceStep]
    preset: str
    bind: str = "127.0.0.1"
    port: int = 0
    timeout_s: float = 180.0


class DeviceSession:
    """An async context manager; inside it the link works.

    ``judge`` returns verdict and reason of a closed run directory, for the person; ``say`` prints a
    line of progress.
    """

    def __init__(
        self,
        options: SessionOptions,
        judge: Callable[[Path], tuple[str, str]],
        say: Callable[[str], None],
    ) -> None:
        self._options = options
        self._judge = judge
        self._say = say
        self._page = options.system.page
        dialect = options.system.dialect
        self.gateway = Gateway(dialect=dialect, bind=options.bind, port=options.port)
        routes = {
            ("GET", "state"): self._send_state,
            ("GET", "clock"): self._send_time,
            ("GET", "open/"): self._open,
            ("POST", "arrival"): self._arrive,
            ("POST", "choice"): self._choose,
            ("POST", "greet"): self._greet,
            ("POST", "witness"): self._hear,
        }
        files = {("GET", name): self._serve for name in _FILES}
        self.desk = Desk(self.gateway, {**routes, **files})
        self._state = SessionState(options.preset, [StepState(step) for step in options.steps])
        self._facts: BrowserFacts | None = None
        self._visit: Visit | None = None
        self._cookies: Mapping[str, str] = {}
        self._choice = ""
        self._end_was_sent = False

    async def __aenter__(self) -> DeviceSession:
        await self.gateway.__aenter__()
        self.gateway.hold(self.desk)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.gateway.__aexit__(kind, error, trace)

    async def arrival(self) -> BrowserFacts:
        """Wait without a timeout until a device has opened the link and its guide page runs."""
        await wait_until(
            "a device has arrived", lambda: self._facts, timeout_s=math.inf, interval_s=0.1
        )
        assert self._facts is not None
        return self._facts

    async def carry_out(
        self, cells: Sequence[PlannedCell], start: StartRun, directory: Path
    ) -> str:
        """Do every step, each in its run directory below ``directory``; return why it ended early.

        An attempt that is repeated is moved to ``set-aside``, where it is kept but not judged.
        """
        for number, cell in enumerate(cells):
            attempt = 1
            while await self._attempt(number, attempt, cell, start, directory) == "again":
                kept = directory / "set-aside" / f"{cell.plan.scenario}-{attempt}"
                kept.parent.mkdir(exist_ok=True)
                (directory / cell.run).rename(kept)
                attempt += 1
            if self.desk.silent_s > max(GONE_S, self._options.timeout_s):
                return f"the device sent no request for {self.desk.silent_s:.0f} s"
        return ""

    async def goodbye(self) -> None:
        """Wait until the guide has fetched the state that ends the session."""
        self._state.is_finished = True
        try:
            await wait_until(
                "the guide has fetched the end", lambda: self._end_was_sent, timeout_s=_GOODBYE_S
            )
        except WaitTimeout:
            return  # the guide is not on the screen

    # --- one attempt ----------------------------------------------------------------------------

    async def _attempt(
        self, number: int, attempt: int, cell: PlannedCell, start: StartRun, directory: Path
    ) -> str:
        """Do a step once; return what the person chooses then, ``again`` or ``next``."""
        state = self._state.turn_to(number)
        self._choice = ""
        self._enter(Phase.PREPARING)
        try:
            async with start(cell) as run:
                await self._visited(state, run, attempt)
        except HarnessError as error:  # the step was not done, or the stack did not start
            state.reason = error.line
            self._enter(Phase.UNDECIDED)
            return await self._wait_for_choice()
        finally:
            if self._visit is not None:
                self._visit.is_over = True
                self.desk.closed_tabs |= self._visit.tabs
            self.gateway.lead_to("", None)
        verdict, state.reason = await asyncio.to_thread(self._judge, directory / cell.run)
        self._enter({"pass": Phase.PASSED, "fail": Phase.FAILED}.get(verdict, Phase.UNDECIDED))
        return await self._wait_for_choice() if state.phase is Phase.UNDECIDED else "next"

    async def _visited(self, state: StepState, run: Run, attempt: int) -> None:
        assert self._facts is not None
        run.visitors.record_browser(self._facts)
        common = self._page.options(seed=run.plan.seed, preset=self._options.preset)
        options = {**common, **state.step.options}
        self._visit = visit = Visit(state.step, run, attempt, options)
        site = run.context.site
        session = await sign_in(site.system.dialect, site.direct_url, visit.user)
        self._cookies = session.cookies
        self.gateway.lead_to(run.network.url, run.context.ledger.witness(NETWORK))
        config = json.dumps({"nonce": visit.nonce, **self._state.texts()})
        script = _CONDUCTOR.read_text(encoding="utf-8")
        script = script.replace("__CONFIG__", config).replace("__PAGE__", self._page.as_object())
        async with run.fault(Injects(self.gateway, script, path=self._page.path)):
            await self._by_hand(visit)
            if not state.step.stays:
                await self._return_visit(visit, run)
            self._enter(Phase.COUNTING)
            await run.settle()
            visit.is_over = True  # its pages show that

    async def _by_hand(self, visit: Visit) -> None:
        """Wait until the person has done the whole step. Raises Undone."""
        began = now()
        left_s = self._options.timeout_s
        steps = [
            (Phase.OPEN, "the test page was not opened", lambda: visit.stage > Stage.NOT_OPENED),
            (Phase.ON_PAGE, "the test page did not finish", lambda: self._showed_all(visit)),
        ]
        if not visit.step.stays:
            steps.append((Phase.CLOSE, "the tab was not closed", lambda: self._is_closed(visit)))
        for phase, otherwise, is_done in steps:
            self._enter(phase)
            passed_s = (now().mono_ns - began.mono_ns) / 1e9

            def goes_on(is_done: Callable[[], bool] = is_done) -> bool:
                self._raise_if_undone(visit)
                return is_done()

            try:
                await wait_until(otherwise, goes_on, timeout_s=max(0.0, left_s - passed_s))
            except WaitTimeout as error:
                raise Undone(f"{otherwise} within {left_s:g} s") from error

    def _raise_if_undone(self, visit: Visit) -> None:
        if visit.trouble:
            raise Undone(visit.trouble)
        if self._choice in ("again", "next"):
            raise Undone("it was skipped" if self._choice == "next" else "it was restarted")

    def _showed_all(self, visit: Visit) -> bool:
        return visit.stage >= (Stage.DONE if visit.step.stays else Stage.CLOSE)

    def _is_closed(self, visit: Visit) -> bool:
        self._enter(Phase.QUIET if visit.is_quiet else Phase.CLOSE)
        if self._choice == "closed":
            # Some phones end a page in the background without firing any event in it.
            visit.closed("the person says so")
            self._choice = ""
        return visit.stage is Stage.CLOSED

    async def _return_visit(self, visit: Visit, run: Run) -> None:
        """Have the guide open a page that shows nothing, so that the queue on disk is sent."""
        self._enter(Phase.RETURNING)
        began = now()

        async def is_done() -> bool:
            self._raise_if_undone(visit)
            page = visit.page(Role.RETURN)
            if page is None or page.pending is None:
                return False
            waited_s = (now().mono_ns - began.mono_ns) / 1e9
            if page.pending == 0 and (page.has_locks or await run.quiescence.shown_is_stored()):
                return True
            # The ids that remain then are in the ledger, and judged with the final read.
            return waited_s > (RETURN_TIMEOUT_S if page.has_locks else ADOPTED_LATER_S)

        try:
            await wait_until(
                "the return visit is over", is_done, timeout_s=ADOPTED_LATER_S + 5, interval_s=0.1
            )
        except WaitTimeout as error:
            raise Undone("the guide did not open the return visit") from error
        visit.returned()

    async def _wait_for_choice(self) -> str:
        """Wait for the choice ``again`` or ``next``; without one return ``next``."""
        choice = self._choice

        def is_made() -> bool:
            return self._choice in ("again", "next") or self.desk.silent_s > GONE_S

        if choice not in ("again", "next"):
            try:
                await wait_until(
                    "the person has chosen",
                    is_made,
                    timeout_s=self._options.timeout_s,
                    interval_s=0.1,
                )
            except WaitTimeout:
                return "next"
        return "again" if self._choice == "again" else "next"

    def _enter(self, phase: Phase) -> None:
        if self._state.enter(phase):
            state = self._state.current
            reason = f": {state.reason}" if phase.is_end and state.reason else ""
            name = f"{self._state.number + 1}/{len(self._state.steps)} {state.step.scenario}"
            self._say(f"{name}  {TEXTS[phase].terminal}{reason}")

    # --- requests of the device -----------------------------------------------------------------

    async def _serve(self, call: Call) -> Answer:
        name, kind = _FILES[call.path.removeprefix(ROOT)]
        return answer_of(200, "OK", (_HERE / name).read_bytes(), Content_Type=kind)

    async def _send_state(self, call: Call) -> Answer:
        self._end_was_sent = self._state.is_finished
        nonce = self._visit.nonce if self._visit else ""
        return json_answer(self._state.to_json(nonce, self._facts))

    async def _send_time(self, call: Call) -> Answer:
        return json_answer({"wallMs": now().wall_ns / 1e6})

    async def _arrive(self, call: Call) -> Answer:
        if self._facts is None:
            agent = (call.header("User-Agent") or "")[:400]
            self._facts = facts_of(agent, Signs.parse(call.content))
        return json_answer({})

    async def _choose(self, call: Call) -> Answer:
        choice, nonce = str(call.content["choice"]), str(call.content["nonce"])
        if self._visit is None or nonce != self._visit.nonce:
            return json_answer({"taken": False}, 409)  # of a step that is over
        if choice not in ("again", "next", "closed"):
            raise ValueError(choice)
        self._choice = choice
        return json_answer({"taken": True})

    async def _open(self, call: Call) -> Answer:
        """Redirect a tab to the test page, signed in; ``…/return`` is the return visit's."""
        nonce, _, role = call.path.removeprefix(f"{ROOT}open/").partition("/")
        visit = self._visit
        if visit is None or visit.is_over or nonce != visit.nonce:
            return redirect(ROOT)
        blank = self._page.blank_options if role == Role.RETURN.value else {}
        return redirect(self._page.url("", {**visit.options, **blank}), self._cookies)

    async def _greet(self, call: Call) -> Answer:
        visit = self._visit
        if visit is None or call.content["nonce"] != visit.nonce:
            return json_answer({"over": True, "artworks": [], "acts": []})
        return json_answer(visit.greet(call.content))

    async def _hear(self, call: Call) -> Answer:
        visit = self._visit
        if visit is None or call.content["nonce"] != visit.nonce:
            return json_answer({"upTo": 0, "over": True})
        return json_answer(visit.hear(call.content))
