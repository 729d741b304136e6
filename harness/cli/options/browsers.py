"""The options that name browsers: those of the catalogue, all that are here, others elsewhere.

A remote browser is named by its address (``--connect``, or ``--browser`` with an address), or by a
name that the target file gives it in its table ``[browsers]``.
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.browsers.catalogue import CATALOGUE, entry_of
from harness.browsers.drivers.remote import Remote, addresses, announce
from harness.core.errors import UsageError
from harness.process.addresses import checked_bind
from harness.target.target import Target
from scenarios.catalogue.request import Machine

INSTALLED = "installed"


def browsers_named(
    names: Sequence[str], connect: Sequence[str], target: Target, machine: Machine
) -> tuple[str, ...]:
    """Return the levels of the factor ``browser`` that are asked for; none means those planned.

    ``installed`` is every browser that the machine has. Makes remote ones known by their names.
    Raises UsageError for an address that cannot be one, or a name that the catalogue has already.
    """
    for name, address in target.browsers.items():
        if name in CATALOGUE or name == INSTALLED:
            raise UsageError(
                f"[browsers] {name}: the catalogue has a browser of that name",
                hint="Give the remote one another",
            )
        announce({Remote.parse(address, name).name: address})
    levels: list[str] = []
    for name in names:
        levels += _installed(machine) if name == INSTALLED else [_known(name)]
    for address in connect:
        if "://" not in address and address not in addresses():
            raise UsageError(
                f"--connect {address} is no address and no name of the target file's [browsers]",
                hint="Write --connect cdp+http://HOST:9222; `harness run --help` shows others",
            )
        levels.append(_known(address))
    return tuple(dict.fromkeys(levels))


def bound_for(bind: str | None, browsers: Sequence[str]) -> str:
    """Return the address at which remote browsers find the target, or an empty text: loopback.

    Raises UsageError when this machine does not have it, or when no browser runs elsewhere.
    """
    if bind is None:
        return ""
    if not any(entry_of(name).remote for name in browsers):
        raise UsageError("--bind is for browsers that run elsewhere", hint="Name one: --connect")
    return checked_bind(bind)


def _known(name: str) -> str:
    """Return the name of what was asked for; an address gets one that shows no password."""
    if "://" not in name:
        return name
    known = Remote.parse(name).name
    announce({known: name})
    return known


def _installed(machine: Machine) -> list[str]:
    return [
        name
        for name, entry in CATALOGUE.items()
        if all(machine.fix(part) is None for part in entry.parts)
    ]
