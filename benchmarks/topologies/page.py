"""The tables of docs/scale-out.md, between two marks of theirs."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.markdown import page, table
from benchmarks.topologies.cells import TopologyCell
from benchmarks.topologies.cost import GROUPS, ROADMAP, Assumptions, lines
from harness.core.errors import HarnessError
from harness.target.reference.topologies import TOPOLOGIES
from reports.judging.figures.engines import ENGINES

BEGIN, END = (
    "<!-- measured: python -m benchmarks.topologies -->",
    "<!-- end of what is measured -->",
)
NOTHING = "·"
NOT_YET = "Nothing was measured on a quiet machine yet."


def replaced(text: str, cells: Sequence[TopologyCell]) -> str:
    """Return a page with its tables made anew. Raises HarnessError for one without the marks."""
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise HarnessError(f"the page lacks {BEGIN} or {END}")
    return f"{head}{BEGIN}\n\n{tables(cells)}\n{END}{tail}"


def tables(cells: Sequence[TopologyCell]) -> str:
    """Return what was measured for each load, and what it costs a month."""
    if not cells:
        return page(NOT_YET)
    loads = dict.fromkeys((cell.scenario, cell.arm) for cell in cells)
    order = list(TOPOLOGIES)
    parts = []
    for scenario, arm in loads:
        own = [cell for cell in cells if (cell.scenario, cell.arm) == (scenario, arm)]
        own.sort(key=lambda cell: (order.index(cell.topology), cell.seed))
        parts += [f"`{scenario}` with `{arm}`:", _measured(own), _money(own)]
    return page(*parts)


def _measured(cells: Sequence[TopologyCell]) -> str:
    engines = [one for one in ENGINES if any(_cpu(cell, one) != NOTHING for cell in cells)]
    columns = (
        "Topology",
        "Verdict",
        "p50, ms:",
        "p95, ms:",
        "durable p95, ms:",
        "CPU an impression, ms:",
    )
    rows = [
        " | ".join(
            [
                f"| `{cell.topology}`",
                cell.verdict,
                *(
                    _figure(cell, name)
                    for name in (
                        *("load_response_p50_ms", "load_response_p95_ms"),
                        *("shown_to_durable_p95_ms", "system_cpu_per_impression_ms"),
                    )
                ),
                *(_cpu(cell, one) for one in engines),
                f"{_figure(cell, 'system_memory_peak_mib')} |",
            ]
        )
        for cell in cells
    ]
    more = [f"{one.replace('_', ' ')}:" for one in engines]
    return table((*columns, *more, "memory, MiB:"), rows)


def _money(cells: Sequence[TopologyCell]) -> str:
    assumed = Assumptions()
    columns = (
        "Topology",
        *(f"{name}, $:" for name in GROUPS),
        "together, $:",
        "vCPUs:",
        "disk, GB:",
    )
    stated = sum(ROADMAP.values())
    each = [f"{dollars:.0f}" for dollars in ROADMAP.values()]
    rows = [f"| the roadmap's | {' | '.join(each)} | {stated:.0f} | | |"]
    for cell in cells:
        found = lines(cell, assumed)
        each = [f"{found[name].dollars:.0f}" if name in found else NOTHING for name in GROUPS]
        whole = sum(one.dollars for one in found.values())
        vcpus = sum(one.vcpus for one in found.values())
        disk = found["database"].disk_gb if "database" in found else None
        stored = NOTHING if disk is None else f"{disk:.0f}"
        rows.append(
            f"| `{cell.topology}` | {' | '.join(each)} | {whole:.0f} | {vcpus:g} | {stored} |"
        )
    return table(columns, rows)


def _cpu(cell: TopologyCell, engine: str) -> str:
    return _figure(cell, f"{engine}_cpu_per_impression_ms")


def _figure(cell: TopologyCell, name: str) -> str:
    value = cell.measures.get(name)
    if value is None:
        return NOTHING
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
