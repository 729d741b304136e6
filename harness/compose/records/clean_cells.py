"""Clean cells: how often today's checks stay green on sound systems.

The record is committed and grows (docs/clean-cells.json). A cell counts for the scenario, its
source and the sources of all checks and evidence together: a changed check starts anew. What is
recorded is judged again first, so that it is today's checks that are counted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec
from msgspec.structs import replace

import reports
from harness.core.environment import ROOT
from harness.ledger.defect import PlannedDefect
from harness.ledger.json_files import Natural, Record, read_record, write_record
from harness.ledger.rundir import RunPlan
from harness.ledger.stored import read_plan
from reports.judging.judge import judge_suite
from reports.statistics.share import share_at_most
from reports.verdict.verdict import Verdict
from scenarios.catalogue.declare import Scenario

RECORD_FILE = Path("docs/clean-cells.json")
_JUDGES = ("checks", "evidence")


class CleanCells(Record, frozen=True, kw_only=True):
    """How cells of one scenario ended, under one hash of the checks and the scenario's source.

    ``clean`` passed, ``alarms`` failed though nothing was wrong, ``undecided`` were unknown.
    """

    scenario: str
    sources: str
    clean: Natural = 0
    alarms: Natural = 0
    undecided: Natural = 0


class CleanRecord(Record, frozen=True, kw_only=True):
    """docs/clean-cells.json: the counts, and the suites that are in them, each once."""

    format: int = 1
    suites: tuple[str, ...] = ()
    cells: tuple[CleanCells, ...] = ()


def read_clean(file: Path) -> CleanRecord:
    """Return the record; an empty one where there is no file. Raises LedgerUnreadable."""
    return read_record(file, CleanRecord) if file.exists() else CleanRecord()


def record_clean(
    file: Path, suites: Sequence[Path], scenarios: Mapping[str, Scenario]
) -> CleanRecord:
    """Judge suites again, add their cells without a defect, and write the record.

    Healthy twins are sound systems too; a recorder that is known to lose is none. A suite that is
    in it already is left out. Raises LedgerUnreadable for a directory that is no suite, OSError
    when the file cannot be written.
    """
    found = read_clean(file)
    for suite in suites:
        plan = read_plan(suite)
        name = f"{plan.started} {plan.suite} {suite.resolve().name}"
        if name in found.suites:
            continue
        planned = {(cell.plan.scenario, cell.plan.slug): cell.plan for cell in plan.cells}
        plans = {f"cells/{slug}": one for (_, slug), one in planned.items()}
        cells = dict(_by_scenario(found.cells))
        for cell in judge_suite(suite).suite.cells:
            scenario = scenarios.get(cell.scenario)
            sound = _is_sound(plans.get(cell.run or ""))
            if scenario is None or not sound or cell.verdict is Verdict.NOT_RUN or not cell.gates:
                continue
            sources = sources_of(scenario)
            before = cells.get((cell.scenario, sources)) or CleanCells(
                scenario=cell.scenario, sources=sources
            )
            cells[cell.scenario, sources] = _counted(before, cell.verdict)
        found = replace(
            found,
            suites=(*found.suites, name),
            cells=tuple(cells[key] for key in sorted(cells)),
        )
    write_record(file, found)
    return found


def false_alarms(record: CleanRecord, scenarios: Mapping[str, Scenario]) -> tuple[int, int, float]:
    """Return the clean cells and the alarms of today's sources, and the most that the share of
    alarms is, at 95 %."""
    now = [
        one
        for one in record.cells
        if one.scenario in scenarios and one.sources == sources_of(scenarios[one.scenario])
    ]
    clean, alarms = sum(one.clean for one in now), sum(one.alarms for one in now)
    return clean, alarms, share_at_most(alarms, clean + alarms)


def sources_of(scenario: Scenario) -> str:
    """Return the hash of all that decides how a cell of a scenario is judged: checks, evidence, and
    the scenario's own module."""
    folder = Path(reports.__file__).parent
    files = [path for name in _JUDGES for path in sorted((folder / name).rglob("*.py"))]
    files.append(ROOT / scenario.node.partition("::")[0])
    digest = hashlib.sha256()
    for path in files:
        digest.update(f"{path.name}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _is_sound(plan: RunPlan | None) -> bool:
    """Return whether nothing is wrong with what a cell judges."""
    if plan is None:
        return False
    defect = PlannedDefect.of(plan.arm)
    return plan.expected is None and (defect is None or defect.twin)


def _counted(before: CleanCells, verdict: Verdict) -> CleanCells:
    match verdict:
        case Verdict.PASS:
            return msgspec.structs.replace(before, clean=before.clean + 1)
        case Verdict.FAIL:
            return msgspec.structs.replace(before, alarms=before.alarms + 1)
    return msgspec.structs.replace(before, undecided=before.undecided + 1)


def _by_scenario(cells: Iterable[CleanCells]) -> Iterable[tuple[tuple[str, str], CleanCells]]:
    return (((one.scenario, one.sources), one) for one in cells)
