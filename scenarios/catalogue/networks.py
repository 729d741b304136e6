"""The factor ``network`` of a plan: one network a cell, by the best backend that is here.

Asked for is ``auto`` (the default), ``BACKEND``, ``PROFILE`` or ``PROFILE@BACKEND``: see
``harness.ledger.network``. A profile is put beneath a scenario that makes no network of its own;
a backend chooses among those that a scenario can make its network by.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.browsers.catalogue import entry_of
from harness.core.errors import UsageError
from harness.faults.line.profiles import profile_of
from harness.ledger.network import BACKENDS, FACTOR, PlannedNetwork
from harness.ledger.rundir import Arm
from scenarios.catalogue.request import Machine
from scenarios.catalogue.selection import Choice

AUTO = "auto"


@dataclass(frozen=True, slots=True)
class _Asked:
    """A network that is asked for; an empty backend is the best that is here."""

    profile: str
    backend: str

    @classmethod
    def parse(cls, text: str) -> _Asked:
        """Return what a text asks for. Raises UsageError."""
        if text == AUTO:
            return cls("", "")
        if text in BACKENDS:
            return cls("", text)
        network = PlannedNetwork.parse(text) if "@" in text else None
        asked = cls(network.profile, network.backend) if network else cls(text, "")
        if asked.backend and asked.backend not in asked.backends:
            raise UsageError(
                f"{asked.backend} cannot lose packets", hint=f"Write {asked.profile}@packets"
            )
        return asked

    @property
    def backends(self) -> Sequence[str]:
        """Return what can make the profile. Raises UsageError for an unknown one."""
        return BACKENDS[:1] if profile_of(self.profile).shape.loss else BACKENDS


def with_networks(
    choices: Sequence[Choice], networks: Sequence[str], machine: Machine
) -> list[Choice]:
    """Return the choices, each with the networks that are asked for, one network a cell.

    Raises UsageError for an unknown network, for a profile beneath a scenario that makes a
    network of its own, and for a backend that no cell could use.
    """
    return [
        choice
        for text in networks or (AUTO,)
        for choice in _with_network(choices, _Asked.parse(text), machine)
    ]


def _with_network(choices: Sequence[Choice], asked: _Asked, machine: Machine) -> list[Choice]:
    if asked.profile:
        choices = [
            choice.with_arm({**choice.arm, FACTOR: f"{asked.profile}@{backend}"})
            for choice in map(_without_own, choices)
            for backend in ([asked.backend] if asked.backend else asked.backends)
        ]
    elif asked.backend:
        if not any(FACTOR in choice.arm for choice in choices):
            raise UsageError(
                f"no cell needs a network by {asked.backend}",
                hint=f"Leave it out, or name a profile: slow-3g@{asked.backend}",
            )
        choices = [c for c in choices if c.arm.get(FACTOR, asked.backend) == asked.backend]
    return _one_each(choices, machine)


def _without_own(choice: Choice) -> Choice:
    if FACTOR in choice.arm:
        raise UsageError(
            f"{choice.scenario.name} makes a network of its own",
            hint="Name scenarios of another matrix, such as first_visit or load",
        )
    return choice


def _one_each(choices: Sequence[Choice], machine: Machine) -> list[Choice]:
    """Return the choices with one network each, by the best backend that is here.

    What differs in nothing but ``network`` is one question; the first backend that the machine has
    answers it, or the first of all where it has none.
    """
    best: dict[tuple[str, int, tuple[tuple[str, str], ...]], Choice] = {}
    for choice in choices:
        rest = tuple(sorted(item for item in choice.arm.items() if item[0] != FACTOR))
        question = (choice.scenario.name, choice.seed, rest)
        held = best.get(question)
        if held is None or _rank(choice.arm, machine) < _rank(held.arm, machine):
            best[question] = choice
    return list(best.values())


def _rank(arm: Arm, machine: Machine) -> tuple[bool, int]:
    network = PlannedNetwork.of(arm)
    if network is None:
        return False, 0
    # Packets need the browser behind their link; one that runs elsewhere is not.
    usable = machine.fix(network.backend) is None and not is_out_of_reach(arm)
    return not usable, BACKENDS.index(network.backend)


def is_out_of_reach(arm: Arm) -> bool:
    """Return whether an arm's browser runs elsewhere and its network is a link of ours."""
    network, browser = PlannedNetwork.of(arm), arm.get("browser")
    behind_link = network is not None and network.backend == "packets"
    return behind_link and browser is not None and entry_of(browser).remote
