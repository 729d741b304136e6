"""The whole stack without a run, for a person to click through, on a slow line if they like."""

from __future__ import annotations

import asyncio
import shlex
import signal
from collections.abc import Callable

from harness.compose.defects import planted_by, server_of
from harness.compose.monitoring import KEEPS_COUNT, ORDERS_ARTWORKS, monitoring_programs
from harness.compose.targets.topologies import topology_options
from harness.core.environment import caller_environment
from harness.core.errors import MissingPart, PartDied, UsageError
from harness.core.guard import ended_by_failure
from harness.core.wait import wait_until
from harness.faults.line.echo import echo_server
from harness.faults.line.profiles import PROFILES, profile_of
from harness.faults.line.toxiproxy.api import Proxy
from harness.faults.line.toxiproxy.path import ToxicPath
from harness.process.addresses import LOOPBACK
from harness.process.ports import refuse_taken
from harness.process.processes import Processes
from harness.setup import find_toxiproxy
from harness.target.database import shown
from harness.target.described.file import REFERENCE_SERVER
from harness.target.page import PageContract
from harness.target.reference.dashboard import IMPROVEMENT as DASHBOARD
from harness.target.reference.dashboard import PAGE_PATH, SECRET_VARIABLE
from harness.target.reference.product import HISTORY_PATH, IMPROVEMENT
from harness.target.reference.topologies import SINGLE, topology_named
from harness.target.target import Target
from servers.ingest.admin.access import SECRET_CHARACTERS
from servers.monitoring.alerts import dashboard_files
from servers.topology.monitoring import MonitoringOptions
from servers.topology.single import PROXY, Stack, StackOptions
from servers.topology.workers import WorkerOptions

LOOK_EVERY_S = 0.2
OPEN = "open"
PRESET = "durable"
LINES = [name for name, profile in PROFILES.items() if not profile.shape.loss]
"""The profiles that Toxiproxy can make; the first does nothing."""


def stack_options(
    target: Target,
    *,
    port: int,
    database_url: str | None,
    network: str,
    defect: str = "",
    monitoring: bool = False,
    workers: int = 0,
    topology: str = SINGLE,
    product: bool = False,
) -> StackOptions:
    """Return the stack for a target, with a ``defect`` (ID or ID.twin) in it if one is named, and
    with that number of ``workers`` that make new artworks.

    Raises UsageError for a defect that does not exist or is none of a stack, for workers or the
    ``product`` beside a server of somebody else and for a port that is taken, MissingPart when the
    network needs Toxiproxy and there is none, or there is no ``monitoring``, or a part of the
    ``topology`` is missing.
    """
    refuse_taken(LOOPBACK, port, hint="Choose another, or leave --port out")
    toxiproxy = find_toxiproxy()
    if network != OPEN and toxiproxy is None:
        raise MissingPart("a slow line needs Toxiproxy", hint="`harness setup` brings it")
    module, arguments = _server(target, defect)
    larger = topology_named(topology)
    if monitoring and larger.is_balanced:
        raise UsageError(
            "--monitoring: Prometheus would ask the balancer, and each time another server",
            hint="Leave one of the two out",
        )
    is_ours = target.server_module == REFERENCE_SERVER
    if workers and not is_ours:
        raise UsageError("--workers work for the reference server alone")
    if workers:
        arguments = (*arguments, *ORDERS_ARTWORKS)
    elif monitoring and is_ours:
        arguments = (*arguments, *KEEPS_COUNT)
    if product:
        if not is_ours:
            raise UsageError(f"only the reference server has the product, not {target.name}")
        arguments = (*arguments, "--improvement", IMPROVEMENT, "--improvement", DASHBOARD)
    return StackOptions(
        server_module=module,
        server_env=_secrets() if product else {},
        server_arguments=arguments,
        pool=target.pool,
        database_url=database_url or target.database_url,
        toxiproxy=toxiproxy,
        monitoring=MonitoringOptions(programs=monitoring_programs()) if monitoring else None,
        workers=WorkerOptions(count=workers, metrics=True),
        topology=topology_options(
            larger, target.server_module, database_url=database_url or target.database_url
        ),
        port=port,
    )


def _secrets() -> dict[str, str]:
    """Return the caller's secret for admins, where there is one: it is printed nowhere."""
    secret = caller_environment().get(SECRET_VARIABLE, "")
    if not secret:
        return {}
    if len(secret) < SECRET_CHARACTERS:
        raise UsageError(f"{SECRET_VARIABLE} has fewer than {SECRET_CHARACTERS} characters")
    return {SECRET_VARIABLE: secret}


def _product(options: StackOptions) -> dict[str, str]:
    """Return the pages of the product, name → path, or why there is none to see."""
    none = f"no admin can sign in: set {SECRET_VARIABLE} and start again"
    has_admin = SECRET_VARIABLE in options.server_env
    return {"history": HISTORY_PATH, "dashboard": PAGE_PATH if has_admin else none}


def _server(target: Target, defect: str) -> tuple[str, tuple[str, ...]]:
    if not defect:
        return target.server_module, ()
    module, arguments = server_of(planted_by(defect), target.server_module)
    if module == target.server_module:
        raise UsageError(
            f"{defect} is a defect of the harness: there is nothing to see in a stack",
            hint=f"Try `harness selftest --defect {defect}`",
        )
    return module, arguments


async def stay_up(
    options: StackOptions,
    page: PageContract,
    processes: Processes,
    network: str,
    announce: Callable[[list[str]], None],
) -> None:
    """Start the stack, announce its addresses one a line, and stop it on SIGINT or SIGTERM.

    Raises PartDied as soon as a part of it has ended by itself.
    """
    stop = asyncio.Event()
    for signum in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signum, stop.set)
    async with Stack(options, processes, wait_until, processes.scratch("up")) as stack:
        if network != OPEN:
            await _shape(stack, network)
        announce(
            _addresses(
                stack,
                page,
                network,
                is_theirs=bool(options.database_url),
                product=_product(options) if IMPROVEMENT in options.server_arguments else {},
            )
        )
        async with ended_by_failure(lambda: _look(processes), every_s=LOOK_EVERY_S):
            await stop.wait()


async def _look(processes: Processes) -> None:
    """Raise PartDied when a part has ended by itself."""
    died = [death.sentence for death in processes.deaths().values()]
    if died:
        raise PartDied("; ".join(died), hint="Everything else was stopped; start it again")


def _addresses(
    stack: Stack, page: PageContract, network: str, *, is_theirs: bool, product: dict[str, str]
) -> list[str]:
    watching = {}
    if stack.monitoring:
        watching = {
            "prometheus": stack.monitoring.prometheus_url,
            "alerts": stack.monitoring.alerts_page,
            "notifications": stack.monitoring.notifications_url,
            "metrics": stack.metrics_url,
        }
    watching |= {f"worker {n}": one.metrics_url for n, one in enumerate(stack.workers, 1)}
    if stack.monitoring:
        now, trends = map(str, dashboard_files())
        watching |= {"Grafana": now, "": trends}
    front_url = stack.front_url or stack.direct_url
    page_url = page.url(front_url, page.options(preset=PRESET))
    watching |= {
        name: f"{front_url}{what}" if what.startswith("/") else what
        for name, what in product.items()
    }
    return [
        f"server    {stack.direct_url}",
        f"front     {stack.front_url or 'none: Toxiproxy is missing'}",
        f"page      {page_url}",
        f"database  {shown(stack.dsn) if is_theirs else stack.dsn}",
        f"toxiproxy {stack.toxiproxy_api or 'missing; `harness setup` brings it'}",
        f"network   {network}: {profile_of(network).nominal}",
        *(f"{name:<9} {url}" for name, url in (watching | _larger(stack)).items()),
    ]


def _larger(stack: Stack) -> dict[str, str]:
    """Return what a larger topology has besides, name → where it is."""
    found = {}
    if stack.balancer_socket:
        found["balancer"] = str(stack.balancer_socket)
        found["servers"] = " ".join(stack.server_urls)
    if stack.pooler_console:
        found["pooler"] = stack.pooler_console
    if stack.replica_dsn:
        found["replica"] = stack.replica_dsn
    if shards := stack.engines.shards:
        found["shards"] = " ".join(shards.dsns)
        found["mover"] = shlex.join(shards.mover)
    if stack.queue:
        found["broker"] = ":".join(map(str, stack.queue.broker.address))
        found["counts"] = stack.queue.broker.metrics_url
    return found


async def _shape(stack: Stack, network: str) -> None:
    async with echo_server() as unused_port:
        path = ToxicPath(Proxy(str(stack.toxiproxy_api), PROXY), unused_port)
        await path.shape(profile_of(network).shape)
