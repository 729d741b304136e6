"""How a scenario declares itself: what it asks, over which arms, with which parts and checks.

@scenario(matrix="network", arms=arms(browser=["chromium"], preset=["durable"]),
          needs=["toxiproxy"], checks=[check("nothing_lost")], about_s=25)
async def test_short_outage(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    \"\"\"The connection is cut for 5 s while a visitor looks on: is anything lost?\"\"\"
"""

from __future__ import annotations

import importlib
import inspect
import itertools
import pkgutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

import pytest

import scenarios
from harness.browsers.base import Can
from harness.core.errors import UsageError
from harness.ledger.rundir import Arm, CheckSpec, Condition, RunPlan
from harness.run.run import Run
from harness.target.capabilities import Capability

F = TypeVar("F", bound=Callable[..., object])

REFERENCE_RECORDERS = frozenset({"durable", "roadmap"})
"""The presets of the reference's recorder, whose rules are known."""

OWN_RECORDER = "own"
"""The level of the factor ``preset`` where the page's recorder is one whose rules are not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One question, one pytest function.

    ``needs`` are parts of the machine by their name in ``harness doctor``, beside the browser that
    an arm names; ``abilities`` are what that browser's driver must be able to do, and
    ``unsupported`` says why an engine has no such thing. Arms ``on_request`` run when one of their
    levels is asked for, or when the scenario is named and has no others. ``controls`` are the
    capabilities of a target through which the scenario acts. ``about_s`` is how long a
    run takes, for the progress display; four times that and a minute more is its time budget.
    ``exclusive``: it measures speed and must run alone. ``grows_with`` is a factor of numbers, of
    which a greater one does all that a smaller does with the same seed, and more; empty if none is.
    """

    name: str
    question: str
    matrix: str
    arms: tuple[Arm, ...]
    on_request: tuple[Arm, ...]
    needs: tuple[str, ...]
    checks: Callable[[Arm], Sequence[CheckSpec]]
    conditions: Callable[[Arm], Sequence[Condition]]
    about_s: Callable[[Arm], float]
    abilities: tuple[Can, ...]
    unsupported: Mapping[str, str]
    controls: frozenset[Capability]
    exclusive: bool
    node: str
    grows_with: str = ""

    @property
    def wanted(self) -> frozenset[Capability]:
        """Return what a target must offer, a page included where arms have a browser."""
        has_browser = any("browser" in arm for arm in (*self.arms, *self.on_request))
        return self.controls | ({Capability.PAGE} if has_browser else frozenset())

    def budget_s(self, arm: Arm) -> float:
        """Return how long a run may take before it is given up as unknown."""
        return 4 * self.about_s(arm) + 60


class StartRun(Protocol):
    """The fixture that starts a stack and a run for a cell."""

    def __call__(self, cell: RunPlan) -> AbstractAsyncContextManager[Run]:
        """Return the run's context manager."""


class Judge(Protocol):
    """The fixture that judges a closed run: raises AssertionError unless it passed."""

    def __call__(self, run: Run) -> None:
        """Judge it by the checks that its scenario names."""


REGISTRY: dict[str, Scenario] = {}


def scenario(
    *,
    matrix: str,
    arms: Sequence[Arm],
    needs: Sequence[str],
    checks: Sequence[CheckSpec] | Callable[[Arm], Sequence[CheckSpec]],
    about_s: float | Callable[[Arm], float],
    on_request: Sequence[Arm] = (),
    conditions: Callable[[Arm], Sequence[Condition]] | None = None,
    exclusive: bool = False,
    abilities: Sequence[Can] = (),
    unsupported: Mapping[str, str] | None = None,
    controls: Iterable[Capability] = (),
    grows_with: str = "",
) -> Callable[[F], F]:
    """Register a pytest function as a scenario named after it; its docstring's first
    paragraph is the question.

    ``checks`` and ``about_s`` may depend on the arm; ``conditions`` are what a run is exposed to.
    ``unsupported``: browser → why it cannot be asked this. ``controls``: what a target must offer
    for the scenario to be run at all; an arm with a browser needs a page besides. ``grows_with``: a
    factor whose greater numbers do all that smaller ones do with the same seed, and more.
    """

    def register(function: F) -> F:
        name = scenario_name(function)
        if name in REGISTRY:
            raise UsageError(f"two scenarios are named {name}")
        file = Path(inspect.getfile(function)).relative_to(Path(scenarios.__path__[0]).parent)
        REGISTRY[name] = Scenario(
            name=name,
            question=_question(function),
            matrix=matrix,
            arms=tuple(arms),
            on_request=tuple(on_request),
            needs=tuple(needs),
            checks=checks if callable(checks) else lambda arm: tuple(checks),
            conditions=conditions or (lambda arm: ()),
            about_s=about_s if callable(about_s) else lambda arm: about_s,
            exclusive=exclusive,
            node=f"{file}::{function.__name__}",
            abilities=tuple(abilities),
            unsupported=unsupported or {},
            controls=frozenset(controls),
            grows_with=grows_with,
        )
        # One loop for all: a browser that is lent from run to run lives in it.
        marked: F = pytest.mark.asyncio(loop_scope="session")(function)
        return marked

    return register


def scenario_name(function: Callable[..., object]) -> str:
    """Return the name of the scenario that a pytest function is."""
    return function.__name__.removeprefix("test_")


def _question(function: Callable[..., object]) -> str:
    """Return the first paragraph of the docstring in one line; what follows explains."""
    return " ".join((inspect.getdoc(function) or "").split("\n\n")[0].split())


def arms(**factors: Sequence[str]) -> tuple[Arm, ...]:
    """Return every combination of the factors' levels."""
    names = sorted(factors)
    levels = itertools.product(*(factors[name] for name in names))
    return tuple(dict(zip(names, combination, strict=True)) for combination in levels)


def check(name: str, **parameters: float | str) -> CheckSpec:
    """Name a check of ``reports.checks`` with its parameters."""
    return CheckSpec(name=name, parameters=parameters)


def load_all() -> dict[str, Scenario]:
    """Import every scenario module and return name → scenario, in matrix and name order."""
    for module in pkgutil.walk_packages(scenarios.__path__, "scenarios."):
        if module.name.rpartition(".")[2].startswith("test_"):
            importlib.import_module(module.name)
    ordered = sorted(REGISTRY.values(), key=lambda s: (s.matrix, s.name))
    return {s.name: s for s in ordered}
