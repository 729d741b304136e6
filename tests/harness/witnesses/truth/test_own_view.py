"""The harness's own view: sent before any other, found again, and named if it is not."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import web

from harness.core.errors import HarnessError
from harness.ledger.files import Ledger, read_witness
from harness.ledger.kinds import DATABASE
from harness.target.described.dialect import DescribedDialect
from harness.target.described.file import read_target_file
from harness.target.described.ids import ViewIds
from harness.target.described.loading import system_of
from harness.witnesses.truth import own_view
from harness.witnesses.truth import witness as module
from harness.witnesses.truth.own_view import OwnViews
from harness.witnesses.truth.stored import StoredView
from harness.witnesses.truth.witness import TruthWitness
from tests.harness.witnesses.truth.served import MARK, serving

IDS = ViewIds(mark=MARK, has_users=True)
A = IDS.artwork(1)

pytestmark = pytest.mark.asyncio

FILE = """format = 1
base_url = "http://127.0.0.1:1"
[batch]
path = "/views"
body = { user = "{user}", ids = "{ids}" }
[truth.http]
path = "/all"
id = "/id"
user_id = "/user"
"""


class System:
    """Takes views and stores them, unless it ``drops`` them; ``answers`` are its first statuses."""

    def __init__(self, *answers: int, drops: int = 0) -> None:
        self.rows: list[StoredView] = []
        self.answers = list(answers)
        self.drops = drops
        self.requests = 0
        self.stale_reads = 0
        """How many reads return what was stored before the first view."""

    async def take(self, request: web.Request) -> web.Response:
        self.requests += 1
        if self.answers:
            there = {"Location": "http://ann:word@elsewhere.example/views"}
            return web.Response(status=self.answers.pop(0), headers=there)
        body = await request.json()
        if self.drops:
            self.drops -= 1
        else:
            self.rows += [StoredView(str(one), body["user"]) for one in body["ids"]]
        return web.Response(status=200)

    async def read(self) -> list[StoredView]:
        if self.rows and self.stale_reads:
            self.stale_reads -= 1
            return []
        return self.rows

    async def close(self) -> None:
        """Nothing is open."""


def dialect(folder: Path) -> DescribedDialect:
    path = folder / "target.toml"
    path.write_text(FILE)
    found = system_of(path, read_target_file(path), MARK).dialect
    assert isinstance(found, DescribedDialect)
    return found


async def watched(
    folder: Path,
    system: System,
    do: Callable[[TruthWitness], Awaitable[object]],
    *,
    may_lose: bool = False,
    settle_s: float = 0.0,
) -> list[dict[str, object]]:
    """Start a witness on a system, do something, and return what it wrote."""
    async with serving(web.post("/views", system.take)) as url:
        with Ledger(folder) as ledger:
            own = OwnViews(dialect(folder), url)
            rows = ledger.witness(DATABASE)
            witness = TruthWitness(system, IDS, rows, own=own, may_lose=may_lose, settle_s=settle_s)
            try:
                await witness.start()
                await do(witness)
            finally:
                await witness.stop()
    table = read_witness(folder / "database.arrows").table
    return [row for row in table.to_pylist() if row["kind"] != "poll"]


async def test_every_read_finds_it_and_counts_it_nowhere(tmp_path: Path) -> None:
    system = System(503)

    async def look(witness: TruthWitness) -> None:
        system.rows.append(StoredView(A, "ann"))
        assert await witness.count() == 1
        assert await witness.final() == 1

    written, *_, final = await watched(tmp_path, system, look)
    assert written["kind"] == "own_row"
    assert written["user"] == f"visitor-{MARK.seed}"
    assert (final["kind"], final["rows"], final["own_rows"]) == ("final", 1, 1)


async def test_truth_that_reads_another_place_is_named_before_anything_is_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "GRACE_S", 0.3)
    with pytest.raises(HarnessError, match=r"\[truth\] does not show a view that the system"):
        await watched(tmp_path, System(drops=9), _nothing)


async def test_an_id_that_comes_back_in_another_case_is_named_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Capitals(System):
        async def read(self) -> list[StoredView]:
            return [StoredView(one.id.upper(), one.user) for one in self.rows]

    monkeypatch.setattr(module, "GRACE_S", 0.3)
    with pytest.raises(HarnessError, match=r"\[truth\] shows the view h.* as H") as caught:
        await watched(tmp_path, Capitals(), _nothing)
    assert "case_sensitive = false in [ids]" in caught.value.line


@pytest.mark.parametrize(
    ("spelt", "user", "words"),
    [
        ("{}   ", "{}", r"\[truth\] shows the view h\S+ as 'h\S+ '.*of a fixed length"),
        ("{}", "Visitor 7", r"\[truth\] shows the view h\S+ as one of 'Visitor 7'"),
    ],
)
async def test_an_id_or_a_user_that_comes_back_as_another_text_is_named_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spelt: str, user: str, words: str
) -> None:
    class Otherwise(System):
        async def read(self) -> list[StoredView]:
            return [StoredView(spelt.format(one.id), user.format(one.user)) for one in self.rows]

    monkeypatch.setattr(module, "GRACE_S", 0.3)
    with pytest.raises(HarnessError) as caught:
        await watched(tmp_path, Otherwise(), _nothing)
    assert re.search(words, caught.value.line)


async def test_truth_that_shows_it_later_than_the_file_says_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is read at the end of the run would lack the last views, and accuse the system."""
    monkeypatch.setattr(module, "LATE_S", 0.1)
    system = System()
    system.stale_reads = 3
    with pytest.raises(HarnessError, match=r"did not show a view 0\.\d s after .* settle_s is 0,"):
        await watched(tmp_path, system, _nothing)


async def test_truth_that_is_as_late_as_the_file_says_is_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LATE_S", 0.1)
    system = System()
    system.stale_reads = 3
    [written] = await watched(tmp_path, system, _nothing, settle_s=30.0)
    assert written["kind"] == "own_row"


async def test_a_read_that_takes_long_is_not_late(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LATE_S", 0.0)
    [written] = await watched(tmp_path, System(), _nothing)
    assert written["kind"] == "own_row", "the first read that began after the view shows it"


async def test_a_system_that_may_lose_one_is_sent_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "GRACE_S", 0.3)
    system = System(drops=1)
    [written] = await watched(tmp_path, system, _nothing, may_lose=True)
    assert written["kind"] == "own_row"
    assert system.requests == 2


async def test_one_that_is_lost_later_is_the_systems_loss(tmp_path: Path) -> None:
    system = System()

    async def forget(witness: TruthWitness) -> None:
        system.rows.clear()
        await witness.final()

    rows = await watched(tmp_path, system, forget)
    [unseen] = [row for row in rows if row["kind"] == "own_row_unseen"][-1:]
    assert json.loads(str(unseen["detail"])) == {"is_kept": False}


async def test_a_system_that_accepts_nothing_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_view, "_PAUSE_S", 0.01)
    with pytest.raises(HarnessError, match="POST /views answered 500, which is read as: try again"):
        await watched(tmp_path, System(*[500] * 9), _nothing)
    elsewhere = "answered 307 with a redirect to http://elsewhere.example, which is not followed"
    with pytest.raises(HarnessError, match=elsewhere):
        await watched(tmp_path, System(*[307] * 9), _nothing)


async def _nothing(witness: TruthWitness) -> None:
    """Do nothing."""
