"""The alerts of a run: a scenario causes a condition, and waits for its alerts and their end."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Collection

from harness.core.errors import HarnessError, WaitTimeout
from harness.core.wait import wait_until
from harness.ledger.kinds import ALERTS
from harness.ledger.kinds.monitoring.alerts import AlertConditionOver, AlertExpected
from harness.run.context import RunContext
from harness.witnesses.alerts import AlertsWitness

START_S = 30.0
NOTIFIED_S = 10.0
"""How long a notification may take that Alertmanager sends at once; what comes later, or not at
all, is a matter of the ledger and not waited for."""


class Alerts:
    """Watches where the site has monitoring; elsewhere it does nothing."""

    def __init__(self, context: RunContext) -> None:
        self._context = context
        self._watching: AlertsWitness | None = None

    async def start(self) -> None:
        """Start watching; return when Prometheus evaluates its rules and none of them holds.

        Before its first scrape the alerts on missing figures do. One that holds on is no error: a
        check finds it in the ledger.
        """
        site, witness = self._context.site, self._context.ledger.witness(ALERTS)
        if site.alert_apis is None:
            return
        watching = AlertsWitness(*site.alert_apis, witness)
        watching.start()
        self._context.exits.callback(watching.stop)
        self._watching = watching
        if self._context.receivers is not None:
            await self._context.receivers.record(witness)
        await _in_time("no rule holds", lambda: watching.has_been_quiet, START_S)

    @contextlib.asynccontextmanager
    async def expected(
        self, *alerts: str, receivers: Collection[str] = (), resolved_within_s: float
    ) -> AsyncIterator[None]:
        """Cause the condition of alerts in the block, which ends when the condition does.

        ``fired`` in the block waits for the alerts; after the block their end is waited for, and
        that ``receivers`` are notified of it. What does not happen in time is no error: a check
        finds it in the ledger.
        """
        witness = self._context.ledger.witness(ALERTS)
        for alert in alerts:
            witness.saw(AlertExpected(alert=alert))
        yield
        for alert in alerts:
            witness.saw(AlertConditionOver(alert=alert))
        await self._until(alerts, receivers, "resolved", timeout_s=resolved_within_s)

    async def fired(self, *alerts: str, receivers: Collection[str] = (), within_s: float) -> None:
        """Return when the alerts fire, Alertmanager has them and ``receivers`` were notified, or
        the time is over."""
        await self._until(alerts, receivers, "firing", timeout_s=within_s)

    async def _until(
        self, alerts: Collection[str], receivers: Collection[str], state: str, *, timeout_s: float
    ) -> None:
        watching, notified = self._watching, self._context.receivers
        if watching is None:
            raise HarnessError("this run has no monitoring")
        fires = state == "firing"

        def as_wanted(alert: str) -> bool:
            is_firing = watching.state(alert) == "firing"
            return is_firing is fires and (not fires or watching.is_sent(alert))

        def is_known(alert: str) -> bool:
            newest = notified.newest(alert) if notified is not None else {}
            return all(newest.get(receiver) == state for receiver in receivers)

        names = ", ".join(alerts)
        await _in_time(f"{names}: {state}", lambda: all(map(as_wanted, alerts)), timeout_s)
        if all(map(as_wanted, alerts)):
            fact = f"{names}: notified of {state}"
            await _in_time(fact, lambda: all(map(is_known, alerts)), NOTIFIED_S)


async def _in_time(fact: str, probe: Callable[[], bool], timeout_s: float) -> None:
    with contextlib.suppress(WaitTimeout):
        await wait_until(fact, probe, timeout_s=timeout_s)
