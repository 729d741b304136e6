"""A thousand crossings at once: which jobs are due, and what a seed that went wrong looks like."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import crossings
from benchmarks.crossings import GROWTH, POOL, CrossingTrial, as_markdown, levels_of, targets, tried
from harness.core.clock import seeded_random
from servers.ingest.storage.store import Store
from servers.topology.postgres import Postgres
from tests.servers.conftest import postgres, spawner

__all__ = ["postgres", "spawner"]
EXACT = CrossingTrial(
    seed=1,
    crossings=1000,
    missed=0,
    doubled=0,
    unexplained=0,
    backends_ended=3,
    jobs_not_done=0,
    jobs_made_twice=0,
    taken_again=9,
    late=4,
    late_accepted=0,
    seconds=2.5,
)


@pytest.mark.parametrize(
    ("viewed", "levels"),
    [(84, []), (85, ["85"]), (90, ["85", "90"]), (94, ["85", "90"]), (95, ["85", "90", "95"])],
)
def test_a_level_is_reached_at_its_percentage(viewed: int, levels: list[str]) -> None:
    assert levels_of(viewed, 100) == levels
    assert levels_of(2 * viewed, 200) == levels


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("wanted", [1, 7, 1000])
def test_the_users_cross_exactly_that_number(seed: int, wanted: int) -> None:
    found = targets(seeded_random(seed, "targets"), wanted)
    first = sum(len(levels_of(viewed, POOL)) for viewed, _ in found)
    second = sum(len(levels_of(viewed, POOL + GROWTH)) for _, viewed in found)
    assert first + second == wanted
    assert all(len(levels_of(viewed, POOL + GROWTH)) == 0 for viewed, _ in found if viewed <= POOL)


@pytest.mark.parametrize(
    "wrong",
    [
        "missed",
        "doubled",
        "unexplained",
        "late_accepted",
        "jobs_not_done",
        "jobs_made_twice",
    ],
)
def test_a_seed_with_anything_wrong_is_not_exact(wrong: str) -> None:
    assert EXACT.is_exact
    assert not replace(EXACT, **{wrong: 1}).is_exact


def test_the_page_sums_the_seeds() -> None:
    text = as_markdown("now", {"CPU": "one"}, [EXACT, replace(EXACT, missed=2)])
    assert "Of 2 seeds 1 are exact" in text
    assert "| crossings that were sent | 2,000 |" in text
    assert "| jobs missed | 2 |" in text


def test_seeds_of_an_earlier_run_are_kept(tmp_path: Path) -> None:
    crossings.keep(tmp_path, {}, [EXACT])
    crossings.keep(tmp_path, {}, [replace(EXACT, seed=2), EXACT])
    assert [one.seed for one in crossings._known(tmp_path / "crossings.json")] == [1, 2]
    assert "Of 2 seeds 2 are exact" in (tmp_path / "crossings.md").read_text()


@pytest.mark.stack
@pytest.mark.parametrize(
    "seed", [1, *(pytest.param(seed, marks=pytest.mark.nightly) for seed in range(2, 12))]
)
def test_a_hundred_crossings_miss_and_double_nothing(postgres: Postgres, seed: int) -> None:
    found = tried(postgres.dsn(), seed, crossings=100)
    assert found.is_exact, found
    assert found.crossings == 100


@pytest.mark.stack
def test_a_key_without_its_epoch_is_noticed(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The benchmark can fail: half of the jobs of the larger pool are missing."""

    class Forgetful(Store):
        async def open(self) -> None:
            await super().open()
            async with self._writing.connection() as connection:
                await connection.execute(
                    b"CREATE UNIQUE INDEX once ON pool_jobs (user_id, level);"
                    b"CREATE RULE again AS ON INSERT TO pool_jobs WHERE EXISTS (SELECT FROM "
                    b"pool_jobs j WHERE j.user_id = NEW.user_id AND j.level = NEW.level) "
                    b"DO INSTEAD NOTHING"
                )

    monkeypatch.setattr(crossings, "Store", Forgetful)
    found = tried(postgres.dsn(), 1, crossings=100)
    assert found.missed > 10
    assert not found.is_exact
