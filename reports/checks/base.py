"""Checks: pure functions from one run's evidence to one finding, registered by ``@check``."""

from __future__ import annotations

import functools
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from msgspec.structs import replace

from harness.ledger.kinds import ACTIVITY, MACHINE
from harness.target.capabilities import Capability, Promise, Wrong, reason_without
from reports.evidence.evidence import EVERY_WITNESS, Evidence
from reports.verdict.verdict import Finding, Verdict

EXAMPLES_MAX = 8
"""A finding names at most eight examples."""
_UNNAMED = ""

OF_DELIVERY = EVERY_WITNESS - {MACHINE.name, ACTIVITY.name}
"""The witnesses that name impressions, requests and what was done to them."""

Applies = Callable[[Evidence], bool]
"""Whether a run holds what a check compares."""


def always_applies(evidence: Evidence) -> bool:
    """Return that a check has something to judge in every run."""
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What a check measured, given once for whichever verdict it comes to.

    ``measured``, ``target`` and ``interval`` carry ``unit``; ``n`` is the number of items that were
    counted.
    """

    measured: float | None = None
    target: float | None = None
    unit: str = ""
    n: int | None = None
    interval: tuple[float, float] | None = None

    def passed(self, summary: str, *, examples: Sequence[str] = ()) -> Finding:
        """Return the finding that the target did what was asked."""
        return self._finding(Verdict.PASS, summary, examples)

    def failed(self, summary: str, *, examples: Sequence[str] = ()) -> Finding:
        """Return the finding that the target did not; ``examples`` names offenders, worst first."""
        return self._finding(Verdict.FAIL, summary, examples)

    def undecided(self, summary: str, *, examples: Sequence[str] = ()) -> Finding:
        """Return the finding that the evidence does not decide it."""
        return self._finding(Verdict.UNKNOWN, summary, examples)

    def _finding(self, verdict: Verdict, summary: str, examples: Sequence[str]) -> Finding:
        return Finding(
            check=_UNNAMED,  # the check that returns it gives it its name
            verdict=verdict,
            summary=summary,
            measured=None if self.measured is None else float(self.measured),
            target=None if self.target is None else float(self.target),
            unit=self.unit,
            n=self.n,
            interval=self.interval,
            examples=tuple(examples[:EXAMPLES_MAX]),
        )


def no_evidence(summary: str) -> Finding:
    """Return the undecided finding of a check that found nothing to judge (n is 0)."""
    return Figures(n=0).undecided(summary)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A registered check; called with the evidence and its parameters it returns the finding.

    ``function`` holds the rule and its docstring the promise; ``needs`` are the capabilities of a
    target without which there is no evidence; ``always``: it judges every run to which it
    ``applies``, asked for or not. ``forbids`` is what it holds against a system, where one may
    promise less: it does not judge a system that allows it. ``rests_on`` are the witnesses whose
    rows its failures are about.
    """

    function: Callable[..., Finding]
    needs: frozenset[Capability]
    always: bool
    instrument: bool
    applies: Applies = always_applies
    forbids: Wrong | None = None
    rests_on: frozenset[str] = OF_DELIVERY

    @property
    def name(self) -> str:
        """Return the name that run.json and verdict.json use: the function's."""
        return self.function.__name__

    @property
    def parameters(self) -> tuple[str, ...]:
        """Return the names of its parameters, units last, the evidence left out."""
        return tuple(_parameters(self.function))[1:]

    @property
    def defaults(self) -> dict[str, bool | int | float | str]:
        """Return the values of the parameters that a caller may leave out."""
        parameters = _parameters(self.function).values()
        return {p.name: p.default for p in parameters if p.default is not p.empty}

    def judges(self, evidence: Evidence) -> bool:
        """Return whether it judges this run unasked: it always does where the target can give the
        evidence and the run holds something to compare."""
        return (
            self.always
            and self.needs <= evidence.capabilities
            and self.is_promised(evidence.promise)
            and self.applies(evidence)
        )

    def is_promised(self, promise: Promise) -> bool:
        """Return whether a system with that promise excludes what the check forbids."""
        return self.forbids is None or promise.excludes(self.forbids)

    def __call__(self, evidence: Evidence, **parameters: Any) -> Finding:
        """Return the finding; ``not run`` when the target cannot give the evidence it needs, or
        does not promise what the check asks.

        Raises whatever the function raises: judging turns that into an undecided finding.
        """
        missing = self.needs - evidence.capabilities
        if missing:
            summary = f"unsupported: {reason_without(missing)}"
            return Finding(check=self.name, verdict=Verdict.NOT_RUN, summary=summary)
        if self.forbids is not None and not self.is_promised(evidence.promise):
            summary = (
                f"not asked: under {evidence.promise.value} delivery, which the target promises, "
                f"{self.forbids.value}"
            )
            return Finding(check=self.name, verdict=Verdict.NOT_RUN, summary=summary)
        return replace(self.function(evidence, **parameters), check=self.name)


def check(
    *,
    needs: Iterable[Capability] = (),
    always: bool = False,
    applies: Applies = always_applies,
    instrument: bool = False,
    forbids: Wrong | None = None,
    rests_on: Iterable[str] = OF_DELIVERY,
) -> Callable[[Callable[..., Finding]], Check]:
    """Register the decorated function as a check under its own name.

    The function takes the evidence and keyword parameters with their unit in the name, and returns
    a finding for whatever the evidence holds or lacks; its docstring says what it promises. It
    stands in any module of a folder of ``reports.checks``; nothing else has to name it::

        @check(needs={Capability.DATABASE})
        def few_copies(evidence: Evidence, *, rows: float) -> Finding:
            \"\"\"No impression has more than ``rows`` rows.\"\"\"
            stored = evidence.fates.impressions.query("copies > 0")
            if stored.empty:
                return no_evidence("the final read found no row")
            most = int(stored["copies"].max())
            figures = Figures(measured=most, target=rows, unit="rows", n=len(stored))
            if most > rows:
                return figures.failed(f"an impression has {most} rows")
            return figures.passed(f"no impression has more than {most} rows")

    ``needs`` are the capabilities of a target without which there is no evidence: a target that
    lacks one gets the finding ``not run``. ``always`` is for a check that judges every run, asked
    for or not, and has no finding where ``applies`` says that the run holds nothing to compare: it
    then neither passes nor leaves the run undecided. ``instrument`` is for one that judges the
    harness: it never fails, and a run in which only such checks passed is undecided. ``forbids`` is
    for one that holds a loss or a duplicate against its target: it does not judge a target that
    promises less (``harness.target.capabilities``). ``rests_on`` names the witnesses whose rows its
    failures are about: a failure is undecided where one of them is damaged, and stands where
    another is. By default these are all but the figures of processes and of the database.
    """

    def register(function: Callable[..., Finding]) -> Check:
        return Check(
            function=function,
            needs=frozenset(needs),
            always=always,
            instrument=instrument,
            applies=applies,
            forbids=forbids,
            rests_on=frozenset(rests_on),
        )

    return register


@functools.cache
def _parameters(function: Callable[..., Finding]) -> Mapping[str, inspect.Parameter]:
    """Return the parameters of a check's function, which planning asks for once a cell."""
    return inspect.signature(function).parameters


def collect(package: ModuleType) -> dict[str, Check]:
    """Return every check of the package's folders by name.

    Raises ValueError when two checks share a name, or a module of a folder registers none.
    """
    found: dict[str, Check] = {}
    for module in _modules(package):
        own = [
            value
            for value in vars(module).values()
            if isinstance(value, Check) and value.function.__module__ == module.__name__
        ]
        if not own:
            raise ValueError(
                f"{module.__name__} registers no check: decorate its checks with @check(…), "
                "or move what it holds to reports.evidence"
            )
        for one in own:
            if other := found.get(one.name):
                raise ValueError(
                    f"two checks are named {one.name}, in {other.function.__module__} and in "
                    f"{module.__name__}: rename one"
                )
            found[one.name] = one
    return found


def _modules(package: ModuleType) -> list[ModuleType]:
    """Return the modules of the package's folders; those beside the folders hold no checks."""
    return [
        importlib.import_module(f"{package.__name__}.{folder.name}.{module.name}")
        for folder in pkgutil.iter_modules(package.__path__)
        if folder.ispkg
        for module in pkgutil.iter_modules(
            importlib.import_module(f"{package.__name__}.{folder.name}").__path__
        )
    ]
