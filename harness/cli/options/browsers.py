"""Which browsers a command line means: those of the catalogue, all that are here, others elsewhere.

A remote browser is named by its address (``--connect``, or ``--browser`` with an address), or by a
name that the target file gives it in its table ``[browsers]``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from harness.browsers.catalogue import CATALOGUE, entry_of
from harness.browsers.drivers.remote import Remote, addresses, announce
from harness.core.errors import UsageError
from harness.process.addresses import checked_bind
from harness.target.target import Target

INSTALLED = "installed"


def browsers_named(
    wishes: Sequence[str],
    connect: Sequence[str],
    target: Target,
    fix: Callable[[str], str | None],
) -> list[str]:
    """Return the levels of the factor ``browser`` that were asked for; none means those planned.

    ``installed`` is every browser that is here: ``fix`` returns None for a part that is. Makes
    remote ones known by their names. Raises UsageError for an address that cannot be meant, or a
    name that the catalogue has already.
    """
    for name, address in target.browsers.items():
        if name in CATALOGUE or name == INSTALLED:
            raise UsageError(
                f"[browsers] {name}: the catalogue has a browser of that name",
                hint="Give the remote one another",
            )
        announce({Remote.parse(address, name).name: address})
    found = []
    for wish in wishes:
        found += _installed(fix) if wish == INSTALLED else [_known(wish)]
    for wish in connect:
        if "://" not in wish and wish not in addresses():
            raise UsageError(
                f"--connect {wish} is no address and no name of the target file's [browsers]",
                hint="Write --connect cdp+http://HOST:9222; `harness run --help` shows others",
            )
        found.append(_known(wish))
    return list(dict.fromkeys(found))


def bound_for(bind: str | None, browsers: Sequence[str]) -> str:
    """Return the address at which remote browsers find the target, or an empty text: loopback.

    Raises UsageError when this machine does not have it, or when nobody comes from elsewhere.
    """
    if bind is None:
        return ""
    if not any(entry_of(name).remote for name in browsers):
        raise UsageError("--bind is for browsers that run elsewhere", hint="Name one: --connect")
    return checked_bind(bind)


def _known(wish: str) -> str:
    """Return the name of what was asked for; an address gets one that shows no password."""
    if "://" not in wish:
        return wish
    name = Remote.parse(wish).name
    announce({name: wish})
    return name


def _installed(fix: Callable[[str], str | None]) -> list[str]:
    return [
        name for name, entry in CATALOGUE.items() if all(fix(part) is None for part in entry.parts)
    ]
