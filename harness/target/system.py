"""A kind of system under test: its dialect, its page and its capabilities, found by name.

A target names its system as ``package.module:NAME``; run plans and load tasks carry that name,
and each process imports the system by it.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.core.errors import UsageError
from harness.target.capabilities import Capability, Promise
from harness.target.client.file import CLIENT_PREFIX
from harness.target.described.file import REFERENCE
from harness.target.dialect import Dialect
from harness.target.page import NO_COUNTERS, NOTHING, PageContract

if TYPE_CHECKING:
    from harness.target.described.loading import Described

FILE_PREFIX = "file:"
"""How the name of a system begins that a target file describes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """How a system is spoken to, what its page offers, and which capabilities it has.

    ``name`` is where ``system_named`` found it; other processes find it there too.
    ``capabilities`` are those of the server, its page and its database schema; who starts the
    system adds what it can do with the processes. ``promise`` is what it promises of delivery;
    ``described`` is the rest of a target file that describes it, None for a system in Python.
    ``settings`` are the names of those that its recorder is tried with, in place of the reference
    recorder's presets; ``settings_on_request`` are tried only when they are named.
    """

    dialect: Dialect
    page: PageContract
    capabilities: frozenset[Capability]
    name: str = ""
    promise: Promise = Promise.EXACTLY_ONCE
    described: Described | None = None
    settings: tuple[str, ...] = ()
    settings_on_request: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Raise UsageError for a capability that dialect and page do not back."""
        backing = {
            Capability.READINESS: self.dialect.readiness_path,
            Capability.SERVER_METRICS: self.dialect.metrics,
            Capability.PAGE_EVENTS: self.page.events != NOTHING,
            Capability.QUEUE_DEPTH: self.page.lists_queue,
            Capability.TELEMETRY: self.page.telemetry != NO_COUNTERS,
            Capability.FLUSH: self.page.flush,
            Capability.OWNER: self.page.owner,
            Capability.JOURNAL: self.page.journals,
        }
        unbacked = [c for c, offered in backing.items() if c in self.capabilities and not offered]
        if unbacked:
            names = ", ".join(capability.key for capability in unbacked)
            raise UsageError(f"the system declares {names}, but dialect and page do not offer it")


def system_for_run(name: str, seed: int) -> System:
    """Return the system of a name for one run: where a target file describes it, its ids are new
    ones. Raises UsageError as ``system_named``."""
    if name.startswith(FILE_PREFIX):
        from harness.target.described.ids import RunMark

        return system_named(f"{name}#{RunMark.new(seed)}")
    return system_named(name)


def system_named(name: str) -> System:
    """Return the system that ``package.module:NAME`` names, or a target file that describes one:
    ``file:PATH``, with the mark of a run's ids ``file:PATH#MARK``, or ``client:PATH`` for a client
    in a page.

    Raises UsageError if there is none; the message does not repeat a name of the first kind, for
    what stands in its place by mistake may be a secret.
    """
    if name.startswith(FILE_PREFIX):
        from harness.target.described.loading import described_system  # it makes a System

        return described_system(name)
    if name.startswith(CLIENT_PREFIX):
        from harness.target.client.system import client_system  # it makes a System

        return client_system(name)
    module, _, attribute = name.partition(":")
    if not all(part.isidentifier() for part in (*module.split("."), attribute)):
        raise UsageError(
            "the system is not named as it must be",
            hint=f"Write package.module:NAME, e.g. {REFERENCE}",
        )
    try:
        found = importlib.import_module(module)
    except ImportError as error:
        is_its_own = error.name is None or f"{module}.".startswith(f"{error.name}.")
        reason = "there is no such module" if is_its_own else str(error)
        raise UsageError(f"the system's module cannot be imported: {reason}") from error
    except Exception as error:
        raised = f"{type(error).__name__}: {error}".splitlines()[0]
        raise UsageError(f"the system's module cannot be imported, it raised {raised}") from error
    system = getattr(found, attribute, None)
    if system is None:
        raise UsageError("the system's module has no such name")
    if not isinstance(system, System):
        raise UsageError(f"the system is {type(system).__name__}, not harness.target.system.System")
    return replace(system, name=name)
