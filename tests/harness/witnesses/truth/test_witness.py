"""The truth witness writes what appears, what vanishes, and everything at the end."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.core.errors import HarnessError
from harness.core.wait import wait_until
from harness.ledger.files import Ledger, read_witness
from harness.ledger.kinds import DATABASE
from harness.target.described.ids import ViewIds
from harness.witnesses.truth.sources import StoredView
from harness.witnesses.truth.witness import TruthWitness
from tests.harness.witnesses.truth.served import MARK

IDS = ViewIds(mark=MARK, has_users=True)
A, B = IDS.artwork(1), IDS.artwork(2)

pytestmark = pytest.mark.asyncio


class Fake:
    """A source whose rows a test changes; ``broken`` reads fail."""

    def __init__(self, *rows: tuple[str, str]) -> None:
        self.rows = list(rows)
        self.reads = self.broken = 0
        self.is_closed = False

    async def read(self) -> list[StoredView]:
        self.reads += 1
        if self.broken:
            self.broken -= 1
            raise HarnessError("away")
        return [StoredView(artwork, user) for user, artwork in self.rows]

    async def close(self) -> None:
        self.is_closed = True


def kinds(directory: Path) -> list[tuple[str, str | None, int | None]]:
    table = read_witness(directory / "database.arrows").table
    return [
        (r["kind"], r["artwork"], r["copies"]) for r in table.to_pylist() if r["kind"] != "poll"
    ]


async def test_rows_of_this_run_are_counted_and_others_left_alone(tmp_path: Path) -> None:
    source = Fake(("zoe", "somebody else's"))
    with Ledger(tmp_path) as ledger:
        witness = TruthWitness(source, IDS, ledger.witness(DATABASE))
        await witness.start()
        source.rows += [("ann", A), ("ann", B), ("ann", B)]
        polled = source.reads
        await wait_until("it polled", lambda: source.reads > polled + 1, timeout_s=60)
        assert await witness.count() == 3
        assert await witness.holds([("ann", A), ("ann", B)])
        assert not await witness.holds([("bob", A)])
        assert await witness.active_inserts() == 0
        source.rows.remove(("ann", A))
        assert await witness.final() == 2
        assert witness.failure() == ""
        await witness.stop()
    assert source.is_closed
    found = kinds(tmp_path)
    assert ("appeared", A, 1) in found
    assert ("appeared", B, 2) in found
    assert ("vanished", A, 0) in found
    assert ("final_row", B, 2) in found
    assert ("final_row", A, 1) not in found


async def test_a_poll_that_fails_is_no_empty_table(tmp_path: Path) -> None:
    source = Fake()
    with Ledger(tmp_path) as ledger:
        witness = TruthWitness(source, IDS, ledger.witness(DATABASE))
        await witness.start()
        source.rows.append(("ann", A))
        polled = source.reads
        await wait_until("it polled", lambda: source.reads > polled + 1, timeout_s=60)
        source.broken, polled = 2, source.reads
        await wait_until("it polled again", lambda: source.reads > polled + 2, timeout_s=60)
        await witness.stop()
        source.broken = 1
        with pytest.raises(HarnessError, match="away"):
            await witness.final()
    assert not [row for row in kinds(tmp_path) if row[0] in ("vanished", "final")]


async def test_ids_of_this_run_that_are_there_before_it_are_refused(tmp_path: Path) -> None:
    with Ledger(tmp_path) as ledger:
        witness = TruthWitness(Fake(("ann", A)), IDS, ledger.witness(DATABASE))
        with pytest.raises(HarnessError, match="already has ids of this run"):
            await witness.start()
