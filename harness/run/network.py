"""The ways that a run's visitors have to the server, and everything that can befall them there."""

from __future__ import annotations

import contextlib
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from urllib.parse import urlsplit

from harness.core.errors import HarnessError
from harness.faults.base import Fault, held
from harness.faults.line.choose_path import path_to
from harness.faults.line.packets.link import PacketLink
from harness.faults.line.packets.path import PacketPath
from harness.faults.line.path import NetworkPath, Outage
from harness.faults.line.plain_client import beside_reference
from harness.faults.line.profiles import profile_of
from harness.faults.line.shaping import calibrated, rehearsed, shaped
from harness.faults.line.toxiproxy.api import Proxy
from harness.faults.line.toxiproxy.unsteady import SomeReset
from harness.faults.process.restart import Down
from harness.faults.request.gateway import Gateway
from harness.ledger.files import Ledger
from harness.ledger.rundir import RunPlan
from harness.process.addresses import LOOPBACK
from harness.target.target import Site

_NO_PATH = "`harness setup --only toxiproxy` brings what is needed"


class Ways:
    """One run's path, gateways and faults; a run is one of these and more."""

    def __init__(self, plan: RunPlan, site: Site, ledger: Ledger, *, bind: str = "") -> None:
        """``bind``: an address of this machine at which visitors find it, empty for loopback."""
        self.plan = plan
        self.site = site
        self.ledger = ledger
        self._network = ledger.witness("network")
        self._exits = AsyncExitStack()
        self._bind = bind
        self._gateway: Gateway | None = None
        self._path: NetworkPath | None = None

    @property
    def url(self) -> str:
        """Return where visitors go: over a link, or through a gateway and then Toxiproxy."""
        if isinstance(self._path, PacketPath):
            return self._path.url
        return self._gateway.url if self._gateway else self._behind_gateway

    @property
    def _behind_gateway(self) -> str:
        if isinstance(self._path, PacketPath):
            return self.site.direct_url
        return self.site.front_url or self.site.direct_url

    @property
    def path(self) -> NetworkPath:
        """Return the path of this run's visitors, which can be shaped and cut."""
        if self._path is None:
            raise HarnessError("there is nothing to make the network bad with", hint=_NO_PATH)
        return self._path

    def network(self, profile: str) -> AbstractAsyncContextManager[None]:
        """Let visitors have such a network for the block; calibrated before and after it."""
        return shaped(self.path, profile_of(profile), self._network)

    def on_its_line(self) -> AbstractAsyncContextManager[None]:
        """Let visitors have the network that the arm names, if it names one, for the whole run."""
        line = self.plan.arm.get("line")
        return self.network(line) if line else contextlib.nullcontext()

    def calibrated(self, profile: str) -> AbstractAsyncContextManager[None]:
        """Calibrate a path that a fault has made such, at both ends of the block."""
        return calibrated(self.path, profile_of(profile), self._network)

    def rehearsed(self, profile: str) -> AbstractAsyncContextManager[None]:
        """Calibrate, before and after the block, what a fault within it will make of the path."""
        return rehearsed(self.path, profile_of(profile), self._network)

    def beside_reference(self) -> AbstractAsyncContextManager[None]:
        """Let a client without any cleverness use the same path for the length of the block."""
        return beside_reference(self.path, self._network)

    async def gateway(self) -> Gateway:
        """Put a gateway before the target: from now on visitors go through it.

        It can break single requests and answers (``harness.faults.request.answers``) and
        change pages. Before the first tab is opened, for a tab keeps its origin.
        """
        if self._gateway is None:
            if self._has_visitors():
                raise HarnessError("a gateway must be there before the first tab")
            bind = self._bind or LOOPBACK
            gateway = Gateway(self._behind_gateway, self._network, bind=bind)
            self._gateway = await self._exits.enter_async_context(gateway)
            if isinstance(self._path, PacketPath):
                self._path.upstream_port = int(urlsplit(gateway.url).port or 0)
        return self._gateway

    async def foreign_origin(self) -> Gateway:
        """Return another origin before the same target, which takes it for its own.

        Every request that arrives there is a row of the ledger.
        """
        host = urlsplit(self.url).netloc
        bind = self._bind or LOOPBACK
        foreign = Gateway(self._behind_gateway, self._network, host=host, record=True, bind=bind)
        return await self._exits.enter_async_context(foreign)

    def cut(self, kind: Outage = Outage.REFUSED) -> AbstractAsyncContextManager[None]:
        """Cut the connection for the length of the block, in a way that the path can."""
        return self.fault(self.path.outage(kind))

    def some_reset(self, share: float) -> Fault:
        """Return a fault that resets so many of all new connections; only Toxiproxy can."""
        if self.site.toxiproxy_api is None or self.site.proxy is None:
            raise HarnessError("there is no Toxiproxy to reset connections", hint=_NO_PATH)
        return SomeReset(Proxy(self.site.toxiproxy_api, self.site.proxy), share)

    def down(self, part: str, *, killed: bool) -> AbstractAsyncContextManager[None]:
        """Have the ``server`` or the ``database`` gone for the length of the block."""
        if part not in self.site.parts:
            raise HarnessError(f"this target's {part} is not ours to restart")
        return self.fault(Down(self.site.parts[part], self._network, killed=killed))

    def fault(self, fault: Fault) -> AbstractAsyncContextManager[None]:
        """Hold any fault for the length of the block; its span is recorded as it happened."""
        return held(fault, self._network)

    def _has_visitors(self) -> bool:
        """Return whether somebody is on the way already."""
        raise NotImplementedError

    async def _put_up_path(self, link: PacketLink | None) -> None:
        measured = "network" in self.plan.arm
        path = path_to(self.site, link, seed=self.plan.seed, measured=measured)
        self._path = await self._exits.enter_async_context(path)
        if self._bind:  # the stack itself listens on loopback only
            await self.gateway()
