"""The network part of a run: the path from visitors to the server, and the gateways on it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from urllib.parse import urlsplit

from harness.core.errors import HarnessError
from harness.faults.line.choose_path import path_to
from harness.faults.line.guard import guarded
from harness.faults.line.packets.link import PacketLink
from harness.faults.line.packets.path import PacketPath
from harness.faults.line.path import NetworkPath, Outage
from harness.faults.line.plain_client import reference_client
from harness.faults.line.profiles import profile_of
from harness.faults.line.shaping import calibrated, rehearsed, shaped
from harness.faults.line.toxiproxy.api import Proxy
from harness.faults.line.toxiproxy.unsteady import SomeReset
from harness.faults.request.gateway import Gateway
from harness.ledger.kinds import NETWORK
from harness.ledger.network import PlannedNetwork
from harness.process.addresses import LOOPBACK
from harness.process.processes import Processes
from harness.run.context import RunContext

_NO_PATH = "`harness setup --only toxiproxy` brings what is needed"


class Network:
    """One run's path and gateways, and the outages of both."""

    def __init__(
        self,
        context: RunContext,
        *,
        has_tabs: Callable[[], bool],
        link: PacketLink | None = None,
        bind: str = "",
    ) -> None:
        """``has_tabs`` says whether a tab is open; with a ``link`` visitors live behind it.

        ``bind`` is an address of this machine at which visitors reach it, empty for loopback.
        """
        self._context = context
        self._has_tabs = has_tabs
        self._link = link
        self._bind = bind
        self._witness = context.ledger.witness(NETWORK)
        self._gateway: Gateway | None = None
        self._path: NetworkPath | None = None

    async def start(self) -> None:
        """Set up the path; visitors from elsewhere come through a gateway from the start."""
        plan = self._context.plan
        measured = PlannedNetwork.of(plan.arm) is not None
        path = path_to(self._context.site, self._link, seed=plan.seed, measured=measured)
        self._path = await self._context.exits.enter_async_context(path)
        if self._bind:  # the stack itself listens on loopback only
            await self.gateway()

    # --- where visitors go ----------------------------------------------------------------------

    @property
    def url(self) -> str:
        """Return where visitors go: over a link, or through a gateway and then Toxiproxy."""
        if isinstance(self._path, PacketPath):
            return self._path.url
        return self._gateway.url if self._gateway else self._behind_gateway

    @property
    def reaches_target_directly(self) -> bool:
        """Return whether visitors reach the target where it listens, past gateway and Toxiproxy."""
        return not isinstance(self._path, PacketPath) and not self._bind

    @property
    def plain_url(self) -> str:
        """Return an address at the visitors' origin that may be opened without effect."""
        return f"{self.url}{self._context.system.dialect.health_path}"

    @property
    def path(self) -> NetworkPath:
        """Return the path of this run's visitors, which can be shaped and cut.

        Raises HarnessError where there is neither a link nor Toxiproxy.
        """
        if self._path is None:
            raise HarnessError("there is nothing to make the network bad with", hint=_NO_PATH)
        return self._path

    @property
    def planned_profile(self) -> str:
        """Return the name of the profile that the arm has for the whole run, empty for none."""
        network = PlannedNetwork.of(self._context.plan.arm)
        return network.profile if network else ""

    def client_processes(self) -> Processes:
        """Return what starts processes at the visitors' end of the path."""
        if isinstance(self._path, PacketPath):
            return self._context.processes.inside(self._path.link.argv)
        return self._context.processes

    async def gateway(self) -> Gateway:
        """Put a gateway before the target: from now on visitors go through it.

        It can break single requests and answers (``harness.faults.request.answers``) and change
        pages. Raises HarnessError when a tab is open already, for a tab keeps its origin.
        """
        if self._gateway is None:
            if self._has_tabs():
                raise HarnessError("a gateway must be there before the first tab")
            bind = self._bind or LOOPBACK
            dialect = self._context.system.dialect
            gateway = Gateway(self._behind_gateway, self._witness, dialect=dialect, bind=bind)
            self._gateway = await self._context.exits.enter_async_context(gateway)
            if isinstance(self._path, PacketPath):
                self._path.upstream_port = int(urlsplit(gateway.url).port or 0)
        return self._gateway

    async def second_origin(self) -> Gateway:
        """Return another origin before the same target, which takes it for its own.

        Every request that arrives there is a row of the ledger.
        """
        host = urlsplit(self.url).netloc
        bind = self._bind or LOOPBACK
        second = Gateway(
            self._behind_gateway,
            self._witness,
            dialect=self._context.system.dialect,
            host=host,
            record=True,
            bind=bind,
        )
        return await self._context.exits.enter_async_context(second)

    # --- how bad it is --------------------------------------------------------------------------

    def as_planned(self) -> AbstractAsyncContextManager[None]:
        """Shape the path as the arm says for the length of the block, if it says so."""
        profile = self.planned_profile
        return self.shaped(profile) if profile else contextlib.nullcontext()

    def shaped(self, profile: str) -> AbstractAsyncContextManager[None]:
        """Shape the path for the length of the block; calibrated before and after it."""
        return shaped(self.path, profile_of(profile), self._witness)

    def calibrated(self, profile: str) -> AbstractAsyncContextManager[None]:
        """Calibrate a path that a fault has made such, at both ends of the block."""
        return calibrated(self.path, profile_of(profile), self._witness)

    def rehearsed(self, profile: str) -> AbstractAsyncContextManager[None]:
        """Calibrate, before and after the block, what a fault within it will make of the path."""
        return rehearsed(self.path, profile_of(profile), self._witness)

    def reference_client(self) -> AbstractAsyncContextManager[None]:
        """Let a plain client use the same path for the length of the block, to compare with."""
        return reference_client(self.path, self._witness)

    def cut(self, kind: Outage = Outage.REFUSED) -> AbstractAsyncContextManager[None]:
        """Cut the path for the length of the block, in a way that it can."""
        return self._context.fault(self.path.outage(kind))

    def reset_connections(self, share: float) -> AbstractAsyncContextManager[None]:
        """Reset this share (0 … 1) of all new connections for the length of the block.

        Raises HarnessError without Toxiproxy.
        """
        site = self._context.site
        if site.toxiproxy_api is None or site.proxy is None:
            raise HarnessError("there is no Toxiproxy to reset connections", hint=_NO_PATH)
        return self._context.fault(SomeReset(Proxy(site.toxiproxy_api, site.proxy), share))

    # --- whether it works -----------------------------------------------------------------------

    def guarded(self) -> AbstractAsyncContextManager[None]:
        """Break the block off with a HarnessError as soon as the path has died or hangs."""
        return guarded(self._path)

    def failure(self) -> str:
        """Return why the gateway works no longer; empty while it does, or where there is none."""
        return self._gateway.failure if self._gateway else ""

    async def check(self) -> None:
        """Raise HarnessError when there is a path and it has died or lets nothing through."""
        if self._path is not None:
            await self._path.check()

    @property
    def _behind_gateway(self) -> str:
        site = self._context.site
        if isinstance(self._path, PacketPath):
            return site.direct_url
        return site.front_url or site.direct_url
