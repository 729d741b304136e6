"""A run on a stack of its own: where what measures meets what is tried.

Every run is started here, whether pytest, a walk or a device asks for it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import replace
from pathlib import Path

from harness.browsers.pool import BrowserPool
from harness.compose.defects import Planted, planted_in, server_of
from harness.compose.monitoring import KEEPS_COUNT, in_a_hurry, is_watched
from harness.compose.targets.admin import admin_environment, keys_of
from harness.compose.targets.pool_workers import workers_of
from harness.compose.targets.site import capabilities_of, described_site
from harness.compose.targets.topologies import (
    MOVER,
    offered,
    queue_of,
    shards_of,
    topology_options,
)
from harness.core.environment import caller_environment
from harness.core.errors import HarnessError, UsageError
from harness.core.phases import Phases
from harness.core.wait import wait_until
from harness.faults.line.packets.link import PacketLink
from harness.faults.request.recording import RecordingRelay
from harness.ledger.kinds import NETWORK
from harness.ledger.plan import PlannedCell, SuiteOptions
from harness.ledger.rundir import (
    END_FILE,
    OWN_CLUSTER,
    Arm,
    RunPlan,
    TargetRecord,
    begin_run,
    end_run,
    versions,
    write_phases,
)
from harness.load.child import address_of
from harness.process.processes import Processes
from harness.run.run import Run, RunOptions, watch_run
from harness.setup import find_part, find_toxiproxy
from harness.target.capabilities import (
    OF_A_STARTED_DATABASE,
    OF_A_STARTED_SERVER,
    Capability,
    Promise,
)
from harness.target.database import complete, shown
from harness.target.described.dialect import DescribedDialect
from harness.target.described.file import REFERENCE_SERVER
from harness.target.reference.topologies import STEADY_S, topology_of
from harness.target.system import FILE_PREFIX, System, system_for_run
from harness.target.target import SERVER_FACTORS, AdminKeys, Site, Table, Target
from harness.witnesses.notifications import Receivers
from servers.topology.fresh import obstacle
from servers.topology.scaled.queue import MODULE as QUEUE_MODULE
from servers.topology.single import LOOPBACK, PROXY, Stack, StackOptions
from servers.topology.workers import MODULE


def server_arguments(arm: Arm, module: str) -> tuple[str, ...]:
    """Return the server's further arguments that an arm asks for.

    Raises UsageError where the server is one of the user's, which knows none of them.
    """
    chosen = {factor: arm[factor] for factor in SERVER_FACTORS if factor in arm}
    if chosen and module != REFERENCE_SERVER:
        raise UsageError(f"{', '.join(chosen)}: only the reference server has that, not {module}")
    return tuple(
        word
        for factor, levels in chosen.items()
        for level in levels.split("+")
        if level != "none"
        for word in (SERVER_FACTORS[factor], level)
    )


def _redis_of(arm: Arm) -> Path | None:
    """Return the Redis that the server of an arm uses, if it does; one that is missing made the
    cell *not run*."""
    return find_part("redis") if arm.get("freshness_cache") == "redis" else None


def _host(arm: Arm) -> str:
    """Return where the target listens: on this machine alone, unless others send a load to it."""
    return address_of(arm["master"])[0] if "master" in arm else LOOPBACK


def database_for(target: Target, url: str | None) -> str | None:
    """Return the PostgreSQL to use: ``url``, else the target's own; None for one of ours.

    What the connection string leaves out is taken from the caller's PG* variables. Raises
    UsageError for one that cannot be read, HarnessError when it cannot be used as a run uses it.
    """
    if url and target.system.startswith(FILE_PREFIX):
        raise UsageError(
            "--database is for a server that the harness starts",
            hint="What this target stores is read back by [truth] of its file",
        )
    wanted = url or target.database_url
    if wanted:
        wanted = complete(wanted, caller_environment())
        if found := obstacle(wanted):
            line = f"cannot use the database {shown(wanted)}: {found.reason}"
            raise HarnessError(line, hint=found.hint)
    return wanted


def _stack_options(
    plan: RunPlan,
    options: SuiteOptions,
    planted: Planted,
    database_url: str | None,
    receivers: Receivers | None,
    where: Path,
) -> StackOptions:
    """Return what is started for a cell; ``receivers`` are notified of its alerts,
    and ``where`` is the run directory."""
    target = options.target
    module, arguments = server_of(planted, target.server_module)
    chosen = server_arguments(plan.arm, target.server_module)
    if receivers is not None and target.server_module == REFERENCE_SERVER:
        chosen = (*chosen, *KEEPS_COUNT)
    return StackOptions(
        server_env=admin_environment(chosen),
        server_module=module,
        server_arguments=(*arguments, *target.server_arguments, *chosen),
        pool=target.pool,
        seed=plan.seed,
        database_url=database_url or target.database_url,
        toxiproxy=find_toxiproxy(),
        redis=_redis_of(plan.arm),
        monitoring=in_a_hurry(receivers) if receivers is not None else None,
        topology=topology_options(
            topology_of(plan.arm),
            target.server_module,
            database_url=database_url,
            queue_worker=planted.worker(QUEUE_MODULE, where),
            mover=planted.worker(MOVER, where),
            fault=plan.arm.get("fault", ""),
        ),
        workers=workers_of(plan.arm, *planted.worker(MODULE, where)),
        host=_host(plan.arm),
        keep=options.keep,
    )


def _recorded(
    target: Target, capabilities: frozenset[Capability], promise: Promise, **where: str
) -> TargetRecord:
    """Return what run.json says of what is tried; ``where`` is server, database and front."""
    return TargetRecord(
        name=target.name,
        system=target.system,
        capabilities=tuple(sorted(capability.key for capability in capabilities)),
        promise=promise.value,
        **where,
    )


@asynccontextmanager
async def _stack_site(
    system: System,
    capabilities: frozenset[Capability],
    table: Table,
    keys: AdminKeys | None,
    starting: Callable[[], AbstractAsyncContextManager[Stack]],
) -> AsyncIterator[Site]:
    """Start a stack of our own and yield it as a site."""
    async with starting() as stack:
        yield Site(
            system=system,
            capabilities=capabilities,
            direct_url=stack.direct_url,
            front_url=stack.front_url,
            dsn=stack.dsn,
            table=table,
            receipts=stack.receipts,
            toxiproxy_api=stack.toxiproxy_api,
            proxy=PROXY if stack.front_url else None,
            processes=stack.processes,
            parts=stack.parts,
            database_log=stack.database_log,
            alert_apis=stack.monitoring.apis if stack.monitoring else None,
            workers=stack.workers,
            server_urls=stack.server_urls,
            balancer_socket=stack.balancer_socket,
            pooler_console=stack.pooler_console,
            replica_dsn=stack.replica_dsn,
            queue=queue_of(stack),
            settle_s=STEADY_S if stack.queue else 0.0,
            admin=keys,
            shards=shards_of(stack),
        )


def _relay_of(
    system: System, arm: Arm, made: list[RecordingRelay]
) -> Callable[[str], RecordingRelay] | None:
    """Return what makes the relay before a described system of a run with a browser, and adds it to
    ``made``; None where there is none. A load tells of its own requests, and goes without."""
    dialect = system.dialect
    if Capability.WIRE not in system.capabilities or "browser" not in arm:
        return None
    assert isinstance(dialect, DescribedDialect)

    def make(upstream: str) -> RecordingRelay:
        made.append(RecordingRelay(upstream, dialect))
        return made[-1]

    return make


def _run_options(
    options: SuiteOptions, browsers: BrowserPool | None, link: PacketLink | None
) -> RunOptions:
    return RunOptions(browsers=browsers, pool=options.target.pool, link=link, bind=options.bind)


@asynccontextmanager
async def run_on_a_stack(
    planned: PlannedCell,
    directory: Path,
    options: SuiteOptions,
    processes: Processes,
    browsers: BrowserPool | None = None,
    *,
    database_url: str | None = None,
    link: PacketLink | None = None,
) -> AsyncIterator[Run]:
    """Begin the cell's run directory in the suite's, start a stack in it, and watch the run on it.

    ``database_url`` goes before the target's own; without either PostgreSQL is one of ours. With a
    ``link`` the browsers live behind it. A system that a target file describes is used where it is,
    or started as the file says. Raises UsageError for a defect that does not exist.
    """
    where, plan, phases = directory / planned.run, planned.plan, Phases()
    receivers = Receivers() if is_watched(plan.arm) else None
    run_options = replace(_run_options(options, browsers, link), phases=phases, receivers=receivers)
    planted = planted_in(plan.arm)
    system = system_for_run(options.target.system, plan.seed)
    front = "packets" if link else "toxiproxy" if find_toxiproxy() else "none"
    if system.described is not None:
        capabilities = capabilities_of(system)
        where_it_is = {
            "server": system.described.base_url,
            "database": "read back as the target file says",
        }
        target = _recorded(options.target, capabilities, system.promise, front=front, **where_it_is)
        relay = _relay_of(system, plan.arm, run_options.relays)
        own_host = options.target.own_host
        starting = described_site(system, processes, where, own_host=own_host, relay=relay)
    else:
        stack_options = _stack_options(plan, options, planted, database_url, receivers, where)
        url = stack_options.database_url
        capabilities = system.capabilities | OF_A_STARTED_SERVER
        capabilities |= frozenset() if url else OF_A_STARTED_DATABASE
        capabilities = offered(topology_of(plan.arm), capabilities)
        target = _recorded(
            options.target,
            capabilities,
            system.promise,
            server=stack_options.server_module,
            database=shown(url) if url else OWN_CLUSTER,
            front=front,
        )
        starting = _stack_site(
            system,
            capabilities,
            options.target.table,
            keys_of(stack_options.server_env),
            lambda: Stack(stack_options, processes, wait_until, where, phase=phases.during),
        )
    with phases.during("run begins"):
        begin_run(where, plan, budget_s=planned.budget_s, target=target, versions=versions())
    try:
        with planted.during_run(where):
            async with (
                receivers.listening() if receivers else nullcontext(),
                starting as site,
                watch_run(plan, where, site, processes, run_options) as run,
            ):
                with planted.recorded(run.context.ledger.witness(NETWORK)):
                    yield run
    except Exception as error:
        if not (where / END_FILE).exists():  # the stack broke before anything was watched
            end_run(where, status="broken", reason=str(error), rows={})
        raise
    finally:
        write_phases(where, phases.spans)
