"""The load of a run: workloads sent by load generators, beside its visitors or alone."""

from __future__ import annotations

from harness.load.drive import Drive, drive
from harness.load.own.drive import drive_own
from harness.load.schedule.workload import Workload
from harness.run.context import RunContext
from harness.run.network import Network


class LoadSender:
    """Starts load generators where the run's network says."""

    def __init__(self, context: RunContext, network: Network) -> None:
        self._context = context
        self._network = network

    @property
    def server_urls(self) -> tuple[str, ...]:
        """Return the URLs of the servers behind the target's own, none where it is the server."""
        return self._context.site.server_urls

    async def send(self, workload: Workload, *, through: str = "") -> None:
        """Send a workload from load generators until it is done.

        Straight to the server, or over the path if the arm has a profile for the whole run, or
        ``through`` a gateway's URL. Raises HarnessError when a generator broke or hung.
        """
        context, site = self._context, self._context.site
        over_path = bool(self._network.planned_profile)
        where = Drive(
            processes=self._network.client_processes() if over_path else context.processes,
            directory=context.directory,
            ledger=context.ledger,
            system=site.system,
            direct_url=site.direct_url,
            host=through or (self._network.url if over_path else site.direct_url),
            server_processes=site.processes,
        )
        context.shown.update(await drive(where, workload, context.plan.seed, context.plan.arm))

    async def send_own(self) -> None:
        """Run the locustfile that the target file names, straight to the system.

        Raises HarnessError when it breaks, hangs or sends no view.
        """
        context, site = self._context, self._context.site
        assert site.system.described is not None, "only a target file names a locustfile"
        shown = await drive_own(
            context.processes,
            context.directory,
            context.ledger,
            site.system.described,
            system=site.system.name,
            host=site.direct_url,
        )
        context.shown.update(shown)
