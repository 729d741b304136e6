"""The kill matrix: for every seeded defect, in every cell, whether it was caught and by what name.

A defect is *caught* when its cell has the verdict that it is expected to have, and one of its names
(a fate, or a check that failed or could not decide) is there. Its healthy twin is *green*,
*accused*, or, where a busy machine decided nothing, *undecided*. A switch that was never reached
decides nothing: *not applicable*.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Literal

import msgspec

from reports.evidence.fates import HARMLESS_FATES
from reports.statistics.share import share_at_most, share_interval
from reports.verdict.verdict import Cell, Verdict

SCHEMA = 1
HIGH = 0.95
"""The share of seeds that a scenario is to catch, where chance decides."""


class Kill(enum.Enum):
    """What became of a defect, or its twin, in one cell; the value is the word in reports."""

    CAUGHT = "caught"
    MISNAMED = "caught under another name"
    MISSED = "missed"
    UNREACHED = "not applicable"
    NOT_RUN = "not run"
    GREEN = "green"
    UNDECIDED = "undecided"
    ACCUSED = "accused"


class SeededDefect(msgspec.Struct, frozen=True, kw_only=True):
    """What a self-test says of a defect: ``expected`` are its right names, fates or checks, and
    ``verdict`` is the cell's that goes with them."""

    id: str
    layer: str
    about: str
    expected: tuple[str, ...]
    verdict: Literal["fail", "unknown"]
    chance: bool = False


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """One cell of the matrix. ``found`` are the names under which something was wrong, the right
    ones first; ``hits`` is how often the switch was reached; ``walks``, under simulation, after how
    many walks it was found, or how many were walked."""

    defect: str
    twin: bool
    scenario: str
    arm: str
    seed: int
    kill: Kill
    hits: int
    verdict: Verdict
    found: tuple[str, ...] = ()
    reason: str = ""
    run: str | None = None
    duration_s: float | None = None
    walks: int | None = None


class Power(msgspec.Struct, frozen=True, kw_only=True):
    """How often a defect was caught in a scenario, of ``n`` seeds that reached it, with the exact
    95 % interval."""

    defect: str
    scenario: str
    caught: int
    n: int
    interval: tuple[float, float]

    @classmethod
    def of(cls, defect: str, scenario: str, *, caught: int, n: int) -> Power:
        """Return it with its interval (Clopper and Pearson)."""
        interval = share_interval(caught, n)
        return cls(defect=defect, scenario=scenario, caught=caught, n=n, interval=interval)

    @property
    def is_high(self) -> bool:
        """Return whether at least 95 % of seeds catch it, at 95 % (one-sided): 59 of 59 show it."""
        return share_at_most(self.n - self.caught, self.n) <= 1 - HIGH


class KillMatrix(msgspec.Struct, frozen=True, kw_only=True):
    """kill-matrix.json: every defect, every cell, and the verdict over the harness itself."""

    schema: int = SCHEMA
    verdict: Verdict
    reason: str
    started: str
    revision: str
    command: str
    defects: tuple[SeededDefect, ...]
    cells: tuple[Tried, ...]
    power: tuple[Power, ...] = ()
    interrupted: bool = False

    def of(self, defect: str, *, twin: bool) -> tuple[Tried, ...]:
        """Return the cells of a defect, or of its twin."""
        return tuple(one for one in self.cells if one.defect == defect and one.twin is twin)


def tried(defect: SeededDefect, cell: Cell, *, twin: bool, hits: int) -> Tried:
    """Return what became of a defect in a judged cell."""
    names, kill = _outcome(defect, cell.verdict, _found(cell), hits, twin=twin)
    return Tried(
        defect=defect.id,
        twin=twin,
        scenario=cell.scenario,
        arm=cell.arm,
        seed=cell.seed,
        kill=kill,
        hits=hits,
        verdict=cell.verdict,
        found=names,
        reason=cell.reason,
        run=cell.run,
        duration_s=cell.duration_s,
    )


def tried_under_simulation(
    defect: SeededDefect,
    scenario: str,
    *,
    twin: bool,
    seed: int,
    verdict: Verdict,
    found: Collection[str],
    hits: int,
    walks: int,
    reason: str = "",
) -> Tried:
    """Return what became of a defect in simulated walks, which found it under these names."""
    names, kill = _outcome(defect, verdict, sorted(found), hits, twin=twin)
    return Tried(
        defect=defect.id,
        twin=twin,
        scenario=scenario,
        arm="",
        seed=seed,
        kill=kill,
        hits=hits,
        verdict=verdict,
        found=names,
        reason=reason,
        walks=walks,
    )


def _outcome(
    defect: SeededDefect, verdict: Verdict, found: Sequence[str], hits: int, *, twin: bool
) -> tuple[tuple[str, ...], Kill]:
    """Return the names under which something was found, the right ones first, and the outcome."""
    right = [name for name in found if name in defect.expected]
    names = tuple(dict.fromkeys([*right, *found]))
    if twin:
        return names, _kill_of_twin(verdict, hits)
    return names, _kill(defect, verdict, hits, bool(right))


def matrix_of(
    defects: Sequence[SeededDefect],
    cells: Sequence[Tried],
    *,
    started: str = "",
    revision: str = "",
    command: str = "",
    interrupted: bool = False,
) -> KillMatrix:
    """Return the matrix with its verdict: missed, misnamed and accused are failures of the harness;
    what was never reached, or did not run, is unknown."""
    verdict, reason = _verdict(defects, cells)
    return KillMatrix(
        verdict=verdict,
        reason=reason,
        started=started,
        revision=revision,
        command=command,
        defects=tuple(defects),
        cells=tuple(cells),
        power=power_where(defects, power_of(cells)),
        interrupted=interrupted,
    )


def kill_of(defect: SeededDefect, cells: Iterable[Tried]) -> Kill:
    """Return what became of a defect in all of its cells: the worst, or where chance decides the
    best, of those that reached it."""
    states = {one.kill for one in cells if one.defect == defect.id and not one.twin}
    chance = (Kill.MISNAMED, Kill.CAUGHT, Kill.MISSED, Kill.UNREACHED)
    order = chance if defect.chance else (Kill.MISSED, Kill.MISNAMED, Kill.CAUGHT, Kill.UNREACHED)
    return next((state for state in order if state in states), Kill.NOT_RUN)


def twin_of(defect: SeededDefect, cells: Iterable[Tried]) -> Kill | None:
    """Return what became of a defect's twin in all of its cells, the worst; None without any."""
    states = {one.kill for one in cells if one.defect == defect.id and one.twin}
    order = (Kill.ACCUSED, Kill.UNDECIDED, Kill.UNREACHED, Kill.NOT_RUN, Kill.GREEN)
    return next((state for state in order if state in states), None)


def _found(cell: Cell) -> list[str]:
    """Return the names under which a cell is not green: the findings of its verdict, and fates."""
    named = [one.check for one in cell.findings if one.verdict is cell.verdict]
    if cell.verdict is Verdict.PASS:
        return []
    fates = [fate for fate in cell.fates if fate not in HARMLESS_FATES]
    return [*(fates if cell.verdict is Verdict.FAIL else ()), *named]


def _kill(defect: SeededDefect, verdict: Verdict, hits: int, is_named: bool) -> Kill:
    if verdict is Verdict.NOT_RUN:
        return Kill.NOT_RUN
    if hits == 0:
        return Kill.UNREACHED
    if verdict is Verdict.PASS:
        return Kill.MISSED
    return Kill.CAUGHT if is_named and verdict.value == defect.verdict else Kill.MISNAMED


def _kill_of_twin(verdict: Verdict, hits: int) -> Kill:
    if verdict is Verdict.NOT_RUN:
        return Kill.NOT_RUN
    if verdict is Verdict.FAIL:
        return Kill.ACCUSED
    if verdict is Verdict.UNKNOWN:
        return Kill.UNDECIDED
    return Kill.GREEN if hits else Kill.UNREACHED


def power_of(cells: Iterable[Tried]) -> list[Power]:
    """Return how often each defect was caught in each scenario, in the order of the cells; twins,
    and seeds that did not reach it, are left out."""
    kills: dict[tuple[str, str], list[Kill]] = {}
    for one in cells:
        if not one.twin and one.kill in _DECIDED:
            kills.setdefault((one.defect, one.scenario), []).append(one.kill)
    return [
        Power.of(defect, scenario, caught=found.count(Kill.CAUGHT), n=len(found))
        for (defect, scenario), found in kills.items()
    ]


def power_where(defects: Sequence[SeededDefect], powers: Iterable[Power]) -> tuple[Power, ...]:
    """Return those that say something: where chance decides, or several seeds were tried."""
    chance = {one.id for one in defects if one.chance}
    return tuple(one for one in powers if one.defect in chance or one.n > 1)


def _verdict(defects: Sequence[SeededDefect], cells: Sequence[Tried]) -> tuple[Verdict, str]:
    kills = {one.id: kill_of(one, cells) for one in defects}
    twins = {one.id: twin_of(one, cells) for one in defects}
    wrong = _count(kills, Kill.MISSED) + _count(kills, Kill.MISNAMED) + _count(twins, Kill.ACCUSED)
    open_ = _count(kills, Kill.UNREACHED) + _count(kills, Kill.NOT_RUN)
    open_ += _count(twins, Kill.UNREACHED) + _count(twins, Kill.UNDECIDED)
    caught = f"{list(kills.values()).count(Kill.CAUGHT)} of {len(defects)} defects were caught"
    if wrong:
        return Verdict.FAIL, "; ".join([caught, *wrong, *open_])
    if open_ or not defects:
        return Verdict.UNKNOWN, "; ".join([caught, *open_])
    return Verdict.PASS, f"{caught} by the right name"


_WORDS = {
    Kill.MISSED: "missed",
    Kill.MISNAMED: "caught under another name",
    Kill.ACCUSED: "twin accused",
    Kill.UNDECIDED: "twin undecided",
    Kill.UNREACHED: "never reached",
    Kill.NOT_RUN: "not run",
}

_DECIDED = (Kill.CAUGHT, Kill.MISSED, Kill.MISNAMED)
_NAMED_MAX = 5


def _count(kills: Mapping[str, Kill | None], kill: Kill) -> list[str]:
    named = [name for name, found in kills.items() if found is kill]
    if not named:
        return []
    more = ", …" if len(named) > _NAMED_MAX else ""
    return [f"{len(named)} {_WORDS[kill]} ({', '.join(named[:_NAMED_MAX])}{more})"]
