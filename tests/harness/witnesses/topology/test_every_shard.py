"""What is stored on several shards: the sum at the end, the most of one while buckets move."""

from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from harness.core.clock import now
from harness.core.errors import HarnessError
from harness.ledger.files import Ledger, read_witness
from harness.ledger.kinds import DATABASE, TOPOLOGY
from harness.target.reference.shards import OWNED_SQL, bucket_of
from harness.target.target import Table
from harness.witnesses.topology.every_shard import ShardsWitness

AT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


class Fake:
    """A shard that answers with rows."""

    def __init__(self, *rows: tuple[str, str]) -> None:
        self.rows = list(rows)
        self.owned = {bucket_of(user): "open" for user, _ in rows}

    async def ask(self, query: Any, *parameters: object) -> list[tuple[Any, ...]]:
        if query == OWNED_SQL:
            return [(bucket, state, 1) for bucket, state in self.owned.items()]
        text = query if isinstance(query, str) else query.as_string()
        if 'SELECT "user_id", count(*) FROM' in text:
            return [(user, 1) for user, _ in self.rows]
        if "count(*) FROM" in text and "GROUP" not in text:
            return [(len(self.rows),)]
        return [(user, artwork, 1, AT) for user, artwork in self.rows]


def witness(ledger: Ledger, *shards: Fake) -> ShardsWitness:
    found = ShardsWitness(
        ["x"] * len(shards), Table(), ledger.witness(DATABASE), ledger.witness(TOPOLOGY)
    )
    found._shards = list(shards)  # type: ignore[arg-type]
    return found


def kinds(tmp_path: Path, name: str) -> list[dict[str, Any]]:
    return read_witness(tmp_path / f"{name}.arrows").table.to_pylist()


def test_a_row_on_two_shards_is_two_at_the_end_and_one_in_a_poll(tmp_path: Path) -> None:
    with Ledger(tmp_path) as ledger:
        one = witness(ledger, Fake(("ann", "a")), Fake(("ann", "a"), ("bob", "b")))
        asyncio.run(one._look(now()))
        assert one._known == {("ann", "a"): 1, ("bob", "b"): 1}
        rows, _ = asyncio.run(one._read())
        assert {key: copies for key, (copies, _) in rows.items()} == {
            ("ann", "a"): 2,
            ("bob", "b"): 1,
        }
        assert asyncio.run(one.count()) == 3


def test_a_row_that_moves_between_two_reads_has_not_vanished(tmp_path: Path) -> None:
    with Ledger(tmp_path) as ledger:
        source, target = Fake(("ann", "a")), Fake(("bob", "b"))
        one = witness(ledger, source, target)
        asyncio.run(one._look(now()))
        looks = 0

        async def ask_each(query: Any, *parameters: object) -> list[list[tuple[Any, ...]]]:
            nonlocal looks
            looks += 1
            found = [await shard.ask(query) for shard in (target, source)]
            if looks == 1:
                found[1] = []  # it left after the target was read
                target.rows.append(("ann", "a"))
                source.rows.clear()
            return found

        one._ask_each = ask_each  # type: ignore[method-assign]
        asyncio.run(one._look(now()))
        assert set(one._known) == {("ann", "a"), ("bob", "b")}
    assert "vanished" not in {row["kind"] for row in kinds(tmp_path, "database")}


def test_what_lies_where_it_does_not_belong_is_named(tmp_path: Path) -> None:
    with Ledger(tmp_path) as ledger:
        wrong = Fake(("ann", "a"), ("bob", "b"))
        del wrong.owned[bucket_of("bob")]
        asyncio.run(witness(ledger, wrong, Fake(("cid", "c")))._note_holdings())
    holds = [row for row in kinds(tmp_path, "topology") if row["kind"] == "shard_holds"]
    assert [(row["part"], row["stored"], row["misplaced"], row["why"]) for row in holds] == [
        ("shard-1", 2, 1, "bob"),
        ("shard-2", 1, 0, ""),
    ]


def test_a_row_of_ours_is_written_where_its_user_belongs(tmp_path: Path) -> None:
    with Ledger(tmp_path) as ledger:
        home, other = Fake(), Fake()
        one = witness(ledger, other, home)
        home.owned[bucket_of(one._own.user)] = "open"
        asked: list[str] = []

        async def ask(query: Any, *parameters: object) -> list[tuple[Any, ...]]:
            if query == OWNED_SQL:
                return [(bucket, state, 1) for bucket, state in home.owned.items()]
            asked.append(str(parameters[0]))
            return []

        home.ask = ask  # type: ignore[method-assign]
        asyncio.run(one.ask("INSERT", one._own.user, ["own-row"]))
        assert asked == [one._own.user]
        home.owned.clear()
        with pytest.raises(HarnessError, match="no shard owns"):
            asyncio.run(one.ask("INSERT", one._own.user, ["own-row"]))


def test_answers_are_given_once_and_of_numbers_the_greatest(tmp_path: Path) -> None:
    with Ledger(tmp_path) as ledger:
        one = witness(ledger, Fake(("ann", "a"), ("bob", "b")), Fake(("ann", "a")))
        assert asyncio.run(one.ask("SELECT count(*) FROM x")) == [(2,)]
        assert len(asyncio.run(one.ask("SELECT rows"))) == 2
