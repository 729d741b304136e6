"""The words of the set-up: a part, its status, what it needs to come.

A part is something on this machine that pip does not bring, or that needs more than pip: a
browser, Toxiproxy, PostgreSQL. Looking never raises and never changes anything; bringing returns
the reason of every try that failed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from harness.setup.apt import Apt
from harness.setup.host import Host


@dataclass(frozen=True, slots=True, kw_only=True)
class PartStatus:
    """What is known about one part, or one fact about the machine.

    ``fix`` is the command that brings a missing part; ``detail`` says why it counts as missing,
    after a set-up one reason for every try.
    """

    name: str
    kind: Literal["part", "fact"] = "part"
    state: Literal["found", "missing"]
    version: str = ""
    where: str = ""
    needed_for: str = ""
    fix: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Workbench:
    """What a part needs to bring itself: the host, someone to tell, the package manager."""

    host: Host
    say: Callable[[str], None]
    apt: Apt


class Part(Protocol):
    """One part that can be looked for and, often, brought."""

    @property
    def name(self) -> str:
        """Return the name that ``harness setup --only`` takes."""

    def find(self, host: Host) -> Path | None:
        """Return where it is, or None; cheap: starts no process."""

    def look(self, host: Host) -> PartStatus:
        """Return its status, proven by running it; never raises for a missing part."""

    def wanted(self, host: Host) -> bool:
        """Return whether set-up brings it without being asked by name."""

    def bring(self, bench: Workbench) -> list[str]:
        """Try to bring it; return the reason of every try that failed."""
