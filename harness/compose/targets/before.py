"""What a command does for a target before anything runs: what it offers, what may be sent to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.compose.targets.site import capabilities_of
from harness.core.errors import UsageError
from harness.ledger.plan import PlannedCell
from harness.load.drive import fitted
from harness.load.schedule.schedule import planned
from harness.target.capabilities import OF_A_STARTED_DATABASE, OF_A_STARTED_SERVER
from harness.target.described.dialect import DescribedDialect, unpacked
from harness.target.described.file import REFERENCE, REFERENCE_SERVER
from harness.target.described.loading import Described
from harness.target.described.safety import check_host, check_rate
from harness.target.dialect import HttpRequest, ids_at_most_of
from harness.target.system import system_named
from harness.target.target import Target
from scenarios.catalogue.request import REFERENCE_OFFER, TargetOffer
from scenarios.load.arms import workload_of


def offer_of(target: Target) -> TargetOffer:
    """Return what planning must know of a target. Raises UsageError for one that is no system."""
    if target.system == REFERENCE:
        is_reference = target.server_module == REFERENCE_SERVER
        return REFERENCE_OFFER if is_reference else TargetOffer(excuses_losses=False)
    system = system_named(target.system)
    offered = None if system.described is None else capabilities_of(system)
    if system.settings:  # a client's collector and its database are started by the harness
        offered = system.capabilities | OF_A_STARTED_SERVER | OF_A_STARTED_DATABASE
    return TargetOffer(
        offered=offered,
        excuses_losses=False,
        settings=system.settings,
        settings_on_request=system.settings_on_request,
    )


def before_sending(
    target: Target, cells: Sequence[PlannedCell], *, rate_max: float, duration_max_s: float
) -> Iterator[str]:
    """Yield what a user is shown before a described system is sent anything: the first request.

    Raises UsageError for another machine whose owner did not confirm it, and for a load of it that
    is more than was allowed.
    """
    system = system_named(target.system)
    described, dialect = system.described, system.dialect
    if described is None or not isinstance(dialect, DescribedDialect):
        return
    if described.start is None and check_host(described.base_url, target.own_host):
        for cell in cells:
            if cell.not_run is None and cell.plan.arm.get("sender") == "locustfile":
                raise UsageError(
                    f"{cell.plan.scenario}: how much your locustfile sends is not known before, "
                    "and another machine is sent no more than was allowed",
                    hint="Run it where the target is, or send a load of the harness's own",
                )
            if cell.not_run is None and "workload" in cell.plan.arm:
                workload = fitted(workload_of(cell.plan.arm), dialect)
                slots, _ = planned(workload, cell.plan.seed)
                check_rate(
                    f"{cell.plan.scenario} ({cell.plan.arm['workload']})",
                    slots,
                    workload.duration_s,
                    rate_max=rate_max,
                    duration_max_s=duration_max_s,
                )
    yield f"{target.name}: {described.base_url}, {system.promise.value} delivery; views go there as"
    artwork = dialect.load_artwork_id(0)
    request = dialect.request("visitor-0", [artwork], batch="0000000000000001", attempt=1)
    yield from as_lines(described, request)


def refuse_batches(target: Target, cells: Sequence[PlannedCell]) -> None:
    """Raise UsageError for a cell whose batches are larger than a request of the target may be.

    A load is fitted to its target; arms of an experiment would then be the same.
    """
    most = ids_at_most_of(system_named(target.system).dialect)
    for cell in cells:
        asked = int(cell.plan.arm.get("batch", "0"))
        if most is not None and asked > most:
            raise UsageError(
                f"{target.name} takes {most} ids a request, no batches of {asked}",
                hint=f"Compare others, e.g. --arms {max(1, most // 2)},{most}",
            )


def as_lines(described: Described, request: HttpRequest) -> Iterator[str]:
    """Yield a request in lines for a reader, without the secrets that it holds."""
    yield f"  {request.method} {described.masked(request.path)}"
    for name, value in request.headers.items():
        yield f"  {name}: {described.masked(value)}"
    for line in described.masked(unpacked(request.body).decode("utf-8", "replace")).splitlines():
        yield f"  {line}"
