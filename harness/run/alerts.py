"""The alerts part of a run: a scenario causes a condition, and waits for its alert and its end."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from harness.core.errors import HarnessError, WaitTimeout
from harness.core.wait import wait_until
from harness.ledger.kinds import ALERTS
from harness.ledger.kinds.alerts import AlertConditionOver, AlertExpected
from harness.run.context import RunContext
from harness.witnesses.alerts import AlertsWitness

START_S = 60.0


class Alerts:
    """Watches where the site has monitoring; elsewhere it does nothing."""

    def __init__(self, context: RunContext) -> None:
        self._context = context
        self._watching: AlertsWitness | None = None

    async def start(self) -> None:
        """Start watching; return when Prometheus evaluates its rules and none of them holds.

        Before its first scrape the alerts on missing figures do.
        """
        site, ledger = self._context.site, self._context.ledger
        if site.alert_apis is None:
            return
        watching = AlertsWitness(*site.alert_apis, ledger.witness(ALERTS))
        watching.start()
        self._context.exits.callback(watching.stop)
        self._watching = watching
        await wait_until("no rule holds", lambda: watching.is_quiet, timeout_s=START_S)

    @contextlib.asynccontextmanager
    async def expected(self, alert: str, *, resolved_within_s: float) -> AsyncIterator[None]:
        """Cause an alert's condition in the block, which ends when the condition does.

        ``fired`` in the block waits for the alert; after the block its end is waited for. What does
        not happen in time is no error: a check finds it in the ledger.
        """
        witness = self._context.ledger.witness(ALERTS)
        witness.saw(AlertExpected(alert=alert))
        yield
        witness.saw(AlertConditionOver(alert=alert))
        await self._until(alert, fired=False, timeout_s=resolved_within_s)

    async def fired(self, alert: str, *, within_s: float) -> None:
        """Return when the alert fires and Alertmanager has it, or the time is over."""
        await self._until(alert, fired=True, timeout_s=within_s)

    async def _until(self, alert: str, *, fired: bool, timeout_s: float) -> None:
        watching = self._watching
        if watching is None:
            raise HarnessError("this run has no monitoring")

        def as_wanted() -> bool:
            firing = watching.state(alert) == "firing"
            return firing is fired and (not fired or watching.is_sent(alert))

        word = "fires" if fired else "is resolved"
        with contextlib.suppress(WaitTimeout):
            await wait_until(f"{alert} {word}", as_wanted, timeout_s=timeout_s)
