"""What all parts of a run share: artworks by the seed, what was shown, faults on the record."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.ledger.kinds import NETWORK
from harness.ledger.kinds.network import StorageCleared
from harness.target.neighbours import Likeness, pair, pair_of
from harness.target.reference.dialect import ReferenceDialect
from harness.target.reference.system import SYSTEM
from tests.harness.fake_run import FakeFault, network_rows, open_context, site


class Plain(ReferenceDialect):
    """A system that takes no neighbours."""

    neighbours = ()


def test_artworks_are_distinct_and_drawn_from_the_seed(tmp_path: Path) -> None:
    with open_context(tmp_path, seed=7) as context:
        artworks = context.artworks(5)
        assert len(set(artworks)) == 5
        assert context.artworks(5) == artworks
        assert context.artworks(3) == artworks[:3]
        assert len(set(context.artworks(200))) == 200
        plain = {f"artwork-{n:04d}" for n in range(1, 201)}
        assert len(plain & set(context.artworks(200))) > 200 // 3
    with open_context(tmp_path, seed=8) as other:
        assert other.artworks(5) != artworks


def test_no_more_artworks_than_the_pool_has(tmp_path: Path) -> None:
    with open_context(tmp_path) as context, pytest.raises(ValueError, match="more than the pool"):
        context.artworks(context.pool + 1)


def test_two_of_each_three_artworks_are_neighbours_and_so_are_two_users(tmp_path: Path) -> None:
    with open_context(tmp_path, seed=7) as context:
        kinds = tuple(Likeness)
        every = {
            pair_of(kinds, context.artwork_id(n), t) for n in range(1, 201) for t in range(450)
        }
        artworks = context.artworks(8)
        pairs = [(artworks[n], artworks[n + 1]) for n in (0, 3, 6)]
        numbers = {pair(Likeness.NUMBER, "", turn) for turn in range(2000)}
        assert all(two in every | numbers for two in pairs)
        ann, bob = context.two_users()
        assert ann != bob
        assert context.two_users("walk-1-", first=1) != (ann, bob)


def test_another_system_may_take_plain_ids_only(tmp_path: Path) -> None:
    system = replace(SYSTEM, dialect=Plain())
    with open_context(tmp_path, target=site(system=system)) as context:
        assert set(context.artworks(200)) == {f"artwork-{n:04d}" for n in range(1, 201)}
        assert context.two_users() == ("visitor-7-1", "visitor-7-2")


def test_the_visitor_is_named_after_the_seed(tmp_path: Path) -> None:
    with open_context(tmp_path, seed=12) as context:
        assert context.visitor == "visitor-12"


def test_what_is_shown_adds_up(tmp_path: Path) -> None:
    with open_context(tmp_path) as context:
        context.add_shown("ann", ["a", "b"])
        context.add_shown("bob", ["a"])
        context.add_shown("ann", ["b"])
        assert context.shown == {("ann", "a"), ("ann", "b"), ("bob", "a")}


@pytest.mark.asyncio
async def test_a_fault_is_recorded_from_injection_to_healing(tmp_path: Path) -> None:
    with open_context(tmp_path) as context:
        async with context.fault(FakeFault("rain")):
            context.ledger.witness(NETWORK).saw(StorageCleared(how="in the block"))
    rows = network_rows(tmp_path)
    assert [row["kind"] for row in rows] == [
        "fault_injecting",
        "fault_start",
        "sentinel_bitten",
        "storage_cleared",
        "sentinel_bitten",
        "fault_end",
    ]
    assert {row["fault"] for row in rows} - {None} == {"rain"}
