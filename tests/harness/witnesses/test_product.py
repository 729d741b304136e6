"""What the product has stored is read back as it is, once it is all there."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.ledger.files import Ledger, read_witness
from harness.ledger.kinds import DATABASE
from harness.ledger.kinds.database import FavouriteKept
from harness.witnesses.product import read_favourites, read_replays
from reports.core.kinds import payloads
from reports.evidence.columnar import plain_frame
from tests.servers.conftest import database, postgres, spawner
from tests.servers.ingest.site import make_config, running, visitor

pytestmark = [pytest.mark.stack, pytest.mark.asyncio]
__all__ = ["database", "postgres", "spawner"]


@pytest.mark.parametrize(("total", "timeout_s"), [(3, 60.0), (4, 0.3)])
async def test_counts_of_replays_are_written_down_when_they_are_whole_or_time_is_up(
    database: str, tmp_path: Path, total: int, timeout_s: float
) -> None:
    config = make_config(database, improvements=("product",))
    async with running(config) as site, visitor(site.url) as ann:
        await ann.send(["a", "b", "c"])
        changes = [{"id": f"r{n}", "artworkId": one} for n, one in enumerate(["a", "b", "b"])]
        await ann.post({"subject": "ann", "changes": changes}, path="/api/history/replays")
        with Ledger(tmp_path) as ledger:
            witness = ledger.witness(DATABASE)
            await read_replays(database, witness, total=total, timeout_s=timeout_s)
    rows = read_witness(tmp_path / "database.arrows").table.to_pylist()
    assert [(row["kind"], row["user"], row["artwork"], row["rows"]) for row in rows] == [
        ("replays", "ann", "a", 1),
        ("replays", "ann", "b", 2),
        ("replays_read", None, None, 2),
    ]


async def test_hearts_are_written_down_as_the_table_has_them(database: str, tmp_path: Path) -> None:
    config = make_config(database, improvements=("product",))
    async with running(config) as site, visitor(site.url) as ann:
        hearts = [("c1", "a", True), ("c2", "b", True), ("c3", "b", False)]
        changes = [{"id": one, "artworkId": a, "favourite": on} for one, a, on in hearts]
        await ann.post({"subject": "ann", "changes": changes}, path="/api/favourites")
        with Ledger(tmp_path) as ledger:
            witness = ledger.witness(DATABASE)
            await read_favourites(database, witness, total=3, timeout_s=60)
    found = payloads(plain_frame(read_witness(tmp_path / "database.arrows").table), FavouriteKept)
    assert [(one.artwork, one.changes, one.favourite) for one in found] == [
        ("a", 1, True),
        ("b", 2, False),
    ]
