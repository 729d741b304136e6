"""What a user asks to run, what there is to choose from, and what the machine must tell."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import scenarios
from harness.core.errors import UsageError
from harness.target.capabilities import Capability
from scenarios.catalogue.declare import Scenario, load_all
from scenarios.catalogue.targets import TargetLine, load_targets
from scenarios.workloads.catalogue import Entry, catalogue

SUITES_FILE = Path(scenarios.__file__).parent / "suites.toml"
DEFAULT_SUITE = "smoke"

Levels = Mapping[str, Sequence[str]]
"""Factor → the levels that are asked for; each of them is run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRequest:
    """What to run: a suite, or scenarios and whole matrices by ``names``, or all there is.

    ``levels`` keep the arms that have them; an arm without the factor is kept too. Some are not
    declared by scenarios and are added to the arms that can have them: a ``browser`` takes the
    place of one that is planned, a ``network`` is put beneath a scenario that makes none of its
    own (``auto``, ``packets``, ``slow-3g``, ``slow-3g@packets``), and the options of a load
    (``rate``, ``duration`` …) go to every arm that sends a workload. A ``topology`` is what the
    reference system is made of (``harness.target.reference.topologies``). A ``defect`` is put into
    what is tried by any arm (``harness.ledger.defect``). Several levels of a factor are all run;
    the order in which factors are named means nothing.

    ``seeds`` replace the suite's own. ``every`` asks for each arm that exists, whatever has to be
    asked for otherwise, and with each backend.
    """

    suite: str = ""
    names: tuple[str, ...] = ()
    levels: Levels = field(default_factory=dict)
    seeds: tuple[int, ...] = ()
    every: bool = False


class Machine(Protocol):
    """What planning asks of the machine; ``harness.setup.machine.ThisMachine`` fits."""

    def fix(self, part: str) -> str | None:
        """Return the command that brings a part, or None if it is here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetOffer:
    """What planning must know of the target: what it offers (None: everything), and whether its
    recorder is the reference's, whose losses are known and expected.

    ``settings`` are the names of the settings of a recorder that has others than the reference's
    presets; ``settings_on_request`` are run only when they are named.
    """

    offered: frozenset[Capability] | None = None
    excuses_losses: bool = True
    settings: tuple[str, ...] = ()
    settings_on_request: tuple[str, ...] = ()


REFERENCE_OFFER = TargetOffer()


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Everything that can be asked for, by name.

    ``targets`` are the user's own; without them a load is judged by those of targets.toml.
    ``tried`` is what it is all for.
    """

    scenarios: Mapping[str, Scenario]
    suites: Mapping[str, Mapping[str, Any]]
    workloads: Mapping[str, Entry]
    targets: Sequence[TargetLine] = ()
    tried: TargetOffer = REFERENCE_OFFER

    @property
    def matrices(self) -> set[str]:
        """Return the names of the matrices."""
        return {scenario.matrix for scenario in self.scenarios.values()}

    @property
    def grows_with(self) -> dict[str, str]:
        """Return scenario → the factor of which a greater number does all that a smaller does."""
        return {name: one.grows_with for name, one in self.scenarios.items() if one.grows_with}


def load_catalogue(targets_file: str = "", tried: TargetOffer = REFERENCE_OFFER) -> Catalogue:
    """Return what the project has for what is ``tried``, and the targets of the user's file if one
    is named.

    Raises UsageError when the file cannot be read.
    """
    return Catalogue(
        scenarios=load_all(),
        suites=load_suites(),
        workloads=catalogue(),
        targets=load_targets(Path(targets_file)) if targets_file else (),
        tried=tried,
    )


def load_suites() -> dict[str, dict[str, Any]]:
    """Return suite → what suites.toml says of it."""
    return tomllib.loads(SUITES_FILE.read_text(encoding="utf-8"))


def levels_of(texts: Iterable[str], more: Levels) -> dict[str, tuple[str, ...]]:
    """Return the levels that ``FACTOR=LEVEL`` texts ask for, and ``more``. Raises UsageError."""
    levels = {factor: tuple(named) for factor, named in more.items() if named}
    for text in texts:
        factor, equals, level = text.partition("=")
        if not (factor and equals and level):
            raise UsageError(
                f"--arm {text} names no level",
                hint="Write --arm cut=drop; `harness list` shows all",
            )
        levels[factor] = (*levels.get(factor, ()), level)
    return levels
