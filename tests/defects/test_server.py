"""Every defect of the server changes what becomes of requests, and its twin changes nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from defects import registry
from defects.base import ServerDefect, Switch, installed
from servers.ingest.storage.store import Store
from tests.seeded.observing import is_of_monitoring, is_of_topology, module_of
from tests.seeded.pipeline import Log, Table, play

DEFECTS = {
    name: one
    for name, one in registry.all_defects().items()
    if isinstance(one, ServerDefect)
    and one.layer not in ("database", "pool", "product")
    and not is_of_monitoring(name)
    and not is_of_topology(name)
}


def played(
    defect: ServerDefect, switch: Switch | None, directory: Path, patch: pytest.MonkeyPatch
) -> tuple[Log, dict[tuple[str, str], float]]:
    """Play the script with a defect, its twin, or neither; return the log and the table."""
    log: Log = []
    table = Table(log)

    async def playing() -> Log:
        return [*log, *await play(directory, patch, module_of(defect))]

    with patch.context() as inner:
        inner.setattr(Store, "write", table.write())
        overrides = defect.overrides if switch else {}
        with installed(overrides, switch or Switch(twin=True)):
            found = asyncio.run(playing())
    found.append(("kept", len(switch.memory.get("kept", ())) if switch else 0))
    return found, table.rows


@pytest.mark.parametrize("defect", DEFECTS.values(), ids=DEFECTS)
def test_it_changes_what_becomes_of_requests_and_its_twin_does_not(
    defect: ServerDefect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound, rows = played(defect, None, tmp_path, monkeypatch)
    twin, defective = Switch(twin=True), Switch(twin=False)
    same, same_rows = played(defect, twin, tmp_path, monkeypatch)
    assert twin.hits, "the script does not reach the switch"
    assert _without_order(same) == _without_order(sound)
    assert same_rows.keys() == rows.keys()
    other, other_rows = played(defect, defective, tmp_path, monkeypatch)
    assert defective.hits
    both = rows.keys() & other_rows.keys()
    shifted = any(
        abs(other_rows[one] - rows[one]) > 60 or other_rows[one].is_integer() for one in both
    )
    assert shifted or other_rows.keys() != rows.keys() or other != sound


def _without_order(log: Log) -> Log:
    """Return what a client and the receipts show: in which groups requests are written may vary."""
    return [one for one in log if one[0] not in ("stored", "paused", "blocked")]
