"""The truth witness writes what appears, what vanishes, and everything at the end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest

from harness.core.errors import HarnessError
from harness.core.wait import wait_until
from harness.ledger.files import Ledger, read_witness
from harness.ledger.kinds import DATABASE
from harness.target.described.ids import ViewIds
from harness.witnesses.truth import witness as module
from harness.witnesses.truth.own_view import OwnView, OwnViews
from harness.witnesses.truth.stored import StoredView
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


class FakeOwn:
    """Sends a view of the harness's own straight into a source."""

    def __init__(self, source: Fake) -> None:
        self.source = source

    async def send(self) -> OwnView:
        self.source.rows.append(("visitor", "own"))
        return OwnView("visitor", "own", "own")

    def count(self, views: Iterable[StoredView]) -> int:
        return sum(one.id == "own" for one in views)


@asynccontextmanager
async def at_rest(directory: Path, source: Fake, *, resets: bool) -> AsyncIterator[TruthWitness]:
    """Yield a witness that has proven itself, read the source's rows, and polls no more."""
    rows, source.rows = source.rows, []
    with Ledger(directory) as ledger:
        own = cast(OwnViews, FakeOwn(source))
        witness = TruthWitness(source, IDS, ledger.witness(DATABASE), own=own, resets=resets)
        await witness.start()
        source.rows += rows
        await witness.stop()
        await witness.count()
        yield witness


@pytest.mark.parametrize("resets", [True, False])
@pytest.mark.parametrize("was_down", [True, False])
async def test_what_was_stored_before_a_run_may_have_gone_with_the_reset(
    tmp_path: Path, resets: bool, was_down: bool
) -> None:
    source = Fake(("ann", A))
    async with at_rest(tmp_path, source, resets=resets) as witness:
        await witness.rely({("ann", A)}, was_down=was_down)
        source.rows[:] = [("ann", B)]
        if resets and not was_down:
            with pytest.raises(HarnessError, match=r"\[reset\] may have gone on after its answer"):
                await witness.rely({("ann", A)}, was_down=was_down)
        else:
            await witness.rely({("ann", A)}, was_down=was_down)


@pytest.mark.parametrize("was_down", [True, False])
async def test_truth_that_shows_nothing_any_more_decides_nothing(
    tmp_path: Path, was_down: bool
) -> None:
    source = Fake(("ann", A))
    async with at_rest(tmp_path, source, resets=False) as witness:
        source.rows.clear()
        if was_down:
            await witness.rely({("ann", A)}, was_down=True)
        else:
            with pytest.raises(HarnessError, match="shows nothing at all, and did before"):
                await witness.rely({("ann", A)}, was_down=False)


async def test_a_list_that_ends_is_not_taken_for_all_that_is_stored(tmp_path: Path) -> None:
    source = Fake(*(("ann", IDS.artwork(number)) for number in range(1, 50)))
    async with at_rest(tmp_path, source, resets=False) as witness:
        for _ in range(2):
            await witness.count()
        await witness.rely({("ann", A)}, was_down=False)
        with pytest.raises(HarnessError, match=r"\[truth\] shows 50 rows, no more, after which"):
            await witness.rely({("ann", IDS.artwork(99))}, was_down=False)


@pytest.mark.parametrize("lacks", ["own", A])
async def test_what_one_read_lacks_and_the_next_shows_is_no_loss(
    tmp_path: Path, lacks: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LOOK_AGAIN_S", 0.01)
    source = Fake(("ann", A), ("ann", B))

    class Flickers(list[tuple[str, str]]):
        looked = 0

        def __iter__(self) -> Any:
            self.looked += 1
            rows = list(super().__iter__())
            return iter(rows if self.looked != 1 else [one for one in rows if one[1] != lacks])

    async with at_rest(tmp_path, source, resets=False) as witness:
        rows = source.rows
        for read in (witness.final, lambda: witness.rely({("ann", A)}, was_down=False)):
            source.rows = Flickers(rows)
            with pytest.raises(HarnessError, match="shows views, then not, and then again"):
                await read()
    assert not [row for row in kinds(tmp_path) if row[0] == "final"]


async def test_what_is_gone_for_good_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LOOK_AGAIN_S", 0.01)
    source = Fake(("ann", A), ("ann", B))
    async with at_rest(tmp_path, source, resets=False) as witness:
        source.rows = [("ann", B)]
        assert await witness.final() == 1
    assert ("final_row", A, 1) not in kinds(tmp_path)
    assert ("own_row_unseen", "own", None) in kinds(tmp_path)
