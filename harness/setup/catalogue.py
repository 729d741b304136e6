"""Every part, in the order of the table; looking at all of them, and bringing what is missing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from harness.core.errors import UsageError
from harness.setup.apt import Apt
from harness.setup.facts import machine_facts
from harness.setup.host import Host
from harness.setup.needs import machine_needs
from harness.setup.part import Part, PartStatus, Workbench
from harness.setup.parts.browsers import STOCK, WebKitGtkPart, Xvfb
from harness.setup.parts.fake_indexeddb import FakeIndexedDB
from harness.setup.parts.npm import Npm
from harness.setup.parts.packets import Packets
from harness.setup.parts.playwright_builds import (
    CHROMIUM_PLAYWRIGHT,
    FIREFOX_PLAYWRIGHT,
    WEBKIT_PLAYWRIGHT,
)
from harness.setup.parts.postgres import Postgres, PostgresUser
from harness.setup.parts.rabbitmq import RABBITMQ
from harness.setup.parts.servers import ALERTMANAGER, HAPROXY, PGBOUNCER, PROMETHEUS, REDIS
from harness.setup.parts.toxiproxy import Toxiproxy


def parts_of(host: Host) -> list[Part]:
    """Return the parts that can exist on this host; stock browsers before their stand-ins."""
    parts: list[Part] = [Postgres()]
    if host.is_root:
        parts.append(PostgresUser())
    parts += [Toxiproxy(), *STOCK]
    if host.system == "Linux":
        parts += [WebKitGtkPart(), Xvfb(), Packets()]
    return [
        *parts,
        CHROMIUM_PLAYWRIGHT,
        FIREFOX_PLAYWRIGHT,
        WEBKIT_PLAYWRIGHT,
        Npm(),
        FakeIndexedDB(),
        PROMETHEUS,
        ALERTMANAGER,
        REDIS,
        HAPROXY,
        PGBOUNCER,
        RABBITMQ,
    ]


def doctor(*, host: Host | None = None, parts: Sequence[Part] | None = None) -> list[PartStatus]:
    """Return the status of every part, what they need, and the machine's facts; changes nothing."""
    host = host or Host.here()
    parts = parts_of(host) if parts is None else parts
    with ThreadPoolExecutor(max_workers=4) as pool:  # a hanging part holds up only itself
        looked = list(pool.map(lambda part: _look(part, host), parts))
    return looked + machine_needs(host) + machine_facts(Path.cwd())


def setup(
    progress: Callable[[str], None],
    *,
    only: Collection[str] = (),
    host: Host | None = None,
    parts: Sequence[Part] | None = None,
) -> list[PartStatus]:
    """Bring what is missing and wanted, or what ``only`` names; return every part's status.

    A part that cannot be brought is returned as missing, with the reason of every try. Raises
    UsageError for a name that no part has.
    """
    host = host or Host.here()
    parts = parts_of(host) if parts is None else parts
    if unknown := sorted(set(only) - {part.name for part in parts}):
        names = ", ".join(part.name for part in parts)
        raise UsageError(f"no such part: {', '.join(unknown)}", hint=f"Parts here: {names}")
    bench = Workbench(host, progress, Apt(host))
    return [_found_or_brought(part, bench, only) for part in parts]


def available(name: str, *, host: Host | None = None) -> bool:
    """Return whether a part is there; cheap, but for networks, which are made once to see."""
    return find_part(name, host=host) is not None


def find_part(name: str, *, host: Host | None = None) -> Path | None:
    """Return where a part is, by its name, or None."""
    host = host or Host.here()
    part = next((part for part in parts_of(host) if part.name == name), None)
    return part.find(host) if part else None


def _found_or_brought(part: Part, bench: Workbench, only: Collection[str]) -> PartStatus:
    status = _look(part, bench.host)
    asked = part.name in only if only else part.wanted(bench.host)
    if status.state == "found" or not asked:
        return status
    try:
        reasons = part.bring(bench)
    except Exception as error:  # one part's defect must not keep the others from coming
        reasons = [f"the set-up itself failed: {type(error).__name__}: {error}"]
    status = _look(part, bench.host)
    if status.state == "found":
        bench.say(f"{part.name}: found {status.version}".rstrip())
        return status
    return replace(status, detail="; ".join(reasons) or status.detail)


def _look(part: Part, host: Host) -> PartStatus:
    try:
        return part.look(host)
    except Exception as error:  # the doctor reports, whatever he finds
        why = f"looking for it failed: {type(error).__name__}: {error}"
        return PartStatus(name=part.name, state="missing", fix="harness setup", detail=why)
