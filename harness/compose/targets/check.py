"""Trying a target file, part by part: what works, and what the harness can decide with it.

Every part is tried in order on the system itself: it is started, reset, signed in to, sent one
batch and the same again, and what it stored is read back. What fails is named with the reason; what
depends on it is not tried.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

from harness.compose.targets.before import as_lines
from harness.compose.targets.site import capabilities_of, described_site
from harness.compose.targets.trial import State, TrialStep, try_page
from harness.core.clock import now, pause
from harness.core.errors import HarnessError
from harness.core.outcome import Outcome
from harness.process.processes import Processes
from harness.target.capabilities import Capability, Promise, Wrong, reason_without
from harness.target.described.dialect import DescribedDialect
from harness.target.described.loading import Described
from harness.target.dialect import HttpRequest, Reply, Session
from harness.target.http import client_of, send
from harness.target.sign_in import sign_in
from harness.target.system import System
from harness.target.target import Site
from harness.witnesses.truth.sources import source_of
from harness.witnesses.truth.stored import StoredView
from reports.checks import CHECKS
from scenarios.catalogue.declare import OWN_RECORDER, Scenario

IDS = 2
LOOK_EVERY_S = 0.25
_AT_LEAST_S = 2.0
"""How long truth is waited for where the file says that it is there at once."""


async def check_target(
    system: System, processes: Processes, directory: Path, *, own_host: str = ""
) -> AsyncIterator[TrialStep]:
    """Yield every part of a described system as it is tried."""
    described, dialect = system.described, system.dialect
    assert described is not None
    assert isinstance(dialect, DescribedDialect)
    parts = "[start], [reset] and base_url" if described.start else "base_url and [reset]"
    try:
        async with described_site(
            system, processes, directory, own_host=own_host, with_front=False
        ) as site:
            if described.start is None and (trouble := await _absence(dialect, site.direct_url)):
                yield TrialStep(parts, State.FAILS, described.masked(trouble))
                return
            yield TrialStep(parts, State.WORKS, f"it is at {site.direct_url}")
            trial, are_well = _Trial(described, dialect, system.promise, site), True
            async for step in trial.steps():
                are_well &= step.state in (State.WORKS, State.DOUBTFUL)
                yield step
            if Capability.PAGE not in system.capabilities:
                return
            if not are_well:
                yield TrialStep("[page]", State.NOT_TRIED, "a view would not be seen in [truth]")
                return
            async for step in try_page(
                system, site, processes, directory, trial.user, trial.pool, trial.artworks_stored
            ):
                yield step._replace(seen=described.masked(step.seen))
    except HarnessError as error:
        yield TrialStep(parts, State.FAILS, described.masked(error.line))


async def _absence(dialect: DescribedDialect, url: str) -> str:
    """Return why nothing answers at a URL, empty where something does, whatever it says."""
    request = HttpRequest(method="GET", path=dialect.health_path or "/")
    async with client_of(dialect) as client:
        reply = await send(client, url, request)
    return "" if reply.status else f"GET {url}{request.path} {reply.in_words(url)}. Is it up?"


class _Trial:
    """One batch, sent twice and read back."""

    def __init__(
        self, described: Described, dialect: DescribedDialect, promise: Promise, site: Site
    ) -> None:
        self._described = described
        self._dialect = dialect
        self._promise = promise
        self._site = site
        self.user = f"visitor-{dialect.ids.mark.seed}"
        # The page's last: its first may be on the screen as it opens, which is to be noticed.
        self._artworks = dialect.pool[-IDS:][: dialect.ids_at_most]

    async def steps(self) -> AsyncIterator[TrialStep]:
        """Yield the parts from the sign-in on."""
        dialect, masked = self._dialect, self._described.masked
        try:
            session = await sign_in(dialect, self._site.direct_url, self.user)
        except HarnessError as error:
            yield TrialStep("[session]", State.FAILS, masked(error.line))
            return
        signed = "signed in" if dialect.session.sign_in else "no sign-in"
        fields = ", ".join(session.headers) or "none"
        yield TrialStep("[session]", State.WORKS, f"{signed}; header fields: {fields}")
        before = await self._stored()
        if isinstance(before, TrialStep):
            yield before
        first = await self._send(session, 1)
        yield self._of_answer("[batch] and [answers]", first)
        if dialect.understand(first).outcome is not Outcome.ACKNOWLEDGED:
            yield TrialStep("[truth]", State.NOT_TRIED, "no batch was accepted")
            return
        second = await self._send(session, 2)
        yield self._of_answer("the same batch again", second, is_again=True)
        if not isinstance(before, TrialStep):
            yield await self._read_back(before)

    @property
    def pool(self) -> list[str]:
        """Return the artworks that a page may show and no batch of the trial has."""
        return [one for one in self._dialect.pool if one not in self._artworks]

    async def artworks_stored(self) -> set[str]:
        """Return the artworks of which truth shows a view of the user's. Raises HarnessError where
        it cannot be read."""
        found = await self._stored()
        if isinstance(found, TrialStep):
            raise HarnessError(f"{found.part} {found.seen}")
        views = (self._dialect.ids.view(one.id, one.user) for one in found)
        return {view[1] for view in views if view is not None and view[0] == self.user}

    async def _send(self, session: Session, attempt: int) -> Reply:
        request = self._request(attempt)
        whole = HttpRequest(
            method=request.method,
            path=request.path,
            headers={**request.headers, **session.headers},
            body=request.body,
        )
        async with client_of(self._dialect) as client:
            return await send(client, self._site.direct_url, whole)

    def _request(self, attempt: int) -> HttpRequest:
        return self._dialect.request(
            self.user, self._artworks, batch="0000000000000001", attempt=attempt
        )

    def _of_answer(self, part: str, reply: Reply, *, is_again: bool = False) -> TrialStep:
        lines = tuple(as_lines(self._described, self._request(1))) if not is_again else ()
        if not reply.status:
            return TrialStep(part, State.FAILS, f"no answer: {reply.error}", lines)
        meaning = self._dialect.answers.explained(reply)
        body = self._described.masked(reply.body[:200].decode("utf-8", "replace"))
        seen = f"{reply.status} {' '.join(body.split())} is read as: {meaning}"
        if there := reply.leads_to(self._site.direct_url):
            seen = f"{seen}; it leads to {there}, and no redirect is followed"
        accepted = self._dialect.understand(reply).outcome is Outcome.ACKNOWLEDGED
        if accepted:
            return TrialStep(part, State.WORKS, seen, lines)
        return TrialStep(part, State.DOUBTFUL if is_again else State.FAILS, seen, lines)

    async def _stored(self) -> list[StoredView] | TrialStep:
        try:
            source = source_of(
                self._described, base_url=self._site.direct_url, data=self._site.data
            )
        except HarnessError as error:
            return TrialStep("[truth]", State.NOT_TRIED, error.line)
        try:
            return await source.read()
        except HarnessError as error:
            return TrialStep("[truth]", State.FAILS, self._described.masked(error.line))
        finally:
            await source.close()

    async def _read_back(self, before: list[StoredView]) -> TrialStep:
        """Return whether the views are found, how soon, and how often."""
        wanted = {(self.user, artwork) for artwork in self._artworks}
        began, settle_s = now().mono_ns, max(_AT_LEAST_S, self._site.settle_s)
        while True:
            found = await self._stored()
            if isinstance(found, TrialStep):
                return found
            views = (self._dialect.ids.view(view.id, view.user) for view in found)
            copies = Counter(view for view in views if view in wanted)
            passed_s = (now().mono_ns - began) / 1e9
            if copies.keys() == wanted or passed_s > settle_s:
                break
            await pause(LOOK_EVERY_S)
        if copies.keys() != wanted:
            return TrialStep("[truth]", State.FAILS, self._missing(before, found, settle_s))
        most = max(copies.values())
        seen = f"{len(wanted)} views are there after {passed_s:.1f} s, of {len(found)} rows"
        if most > 1 and self._promise.excludes(Wrong.DUPLICATE):
            return TrialStep(
                "[truth]",
                State.DOUBTFUL,
                f"{seen}; each is stored {most} times since its batch was sent twice, which "
                f"{self._promise.value} delivery excludes",
            )
        return TrialStep("[truth]", State.WORKS, f"{seen}, {most} of each")

    def _missing(self, before: list[StoredView], found: list[StoredView], settle_s: float) -> str:
        sent = self._dialect.ids.sent(self.user, self._artworks[0])
        new = list((Counter(found) - Counter(before)).elements())
        seen = f"the batch was accepted, but truth has no id like {sent} after {settle_s:g} s"
        if not new:
            return (
                f"{seen} and no new row: it reads another place, or is later than settle_s, or "
                "nothing is stored. Does an answer that refuses look like this one? [answers] "
                "field reads its body"
            )
        if str(sent).casefold() in {view.id.casefold() for view in new}:
            return f"{seen}, but one of another case: does [ids] need case_sensitive = false?"
        user = f" of {new[0].user}" if new[0].user is not None else ""
        return f"{seen}; {len(new)} new rows have other ids or users, like {new[0].id!r}{user}"


def decisions(system: System, scenarios: dict[str, Scenario]) -> dict[str, list[str]]:
    """Return what can be decided of a system, by heading: scenarios that run and that do not,
    checks that are asked and that are not, each with the reason."""
    offered, promise = capabilities_of(system), system.promise
    found: dict[str, list[str]] = {"runs": [], "does not run": [], "asks": [], "does not ask": []}
    asked: set[str] = set()
    for scenario in scenarios.values():
        arms = (*scenario.arms, *scenario.on_request)
        if lacking := scenario.wanted - offered:
            found["does not run"].append(f"{scenario.name}: {reason_without(lacking)}")
            continue
        found["runs"].append(scenario.name)
        own = Capability.RECORDER_RULES not in offered
        asked |= {
            spec.name
            for arm in arms
            for spec in scenario.checks({**arm, "preset": OWN_RECORDER} if own else arm)
        }
    for name in sorted(asked):
        check = CHECKS[name]
        promised = (check.function.__doc__ or "").split("\n")[0].replace("``", "")
        if lacking := check.needs - offered:
            found["does not ask"].append(f"{name} ({promised}): {reason_without(lacking)}")
        elif not check.is_promised(promise):
            found["does not ask"].append(f"{name} ({promised}): {promise.value} delivery")
        else:
            found["asks"].append(f"{name}: {promised}")
    return found
