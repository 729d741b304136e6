"""The pool in samples: values hold until they change, jobs have their states in order."""

from __future__ import annotations

from pathlib import Path

from harness.ledger.kinds.monitoring.pool import (
    JobChanged,
    NoFreshArtwork,
    PoolSize,
    PoolWatched,
    UserViewed,
)
from reports.evidence.table.pool import PoolHistory, pool_history
from tests.reports.ledgers import HandWritten, evidence_of, lived


def history(ledger: HandWritten, directory: Path) -> PoolHistory:
    found = pool_history(evidence_of(ledger, directory).ledger)
    assert found is not None
    return found


def written() -> HandWritten:
    ledger = lived()
    ledger.saw(1.0, PoolSize(sample=1, epoch=2, size=100))
    ledger.saw(1.0, UserViewed(sample=1, user="bob", viewed=3))
    ledger.saw(2.5, UserViewed(sample=4, user="ann", viewed=85))
    job = {"job": 7, "user": "ann", "level": "85", "epoch": 2, "size": 10}
    ledger.saw(2.5, JobChanged(sample=4, **job, made=0, state="waiting", attempts=0))
    ledger.saw(4.0, PoolSize(sample=9, epoch=3, size=110))
    ledger.saw(4.0, UserViewed(sample=9, user="bob", viewed=5))
    ledger.saw(4.0, JobChanged(sample=9, **job, made=10, state="done", attempts=2))
    ledger.saw(4.2, NoFreshArtwork(user="eve"))
    return ledger


def test_each_value_holds_until_it_changes(tmp_path: Path) -> None:
    found = history(written().saw(5.0, PoolWatched(samples=12)), tmp_path)
    assert found.at_s.tolist() == [1.0, 2.5, 4.0]
    assert found.epoch.tolist() == [2, 2, 3]
    assert found.artworks.tolist() == [100, 100, 110]
    assert found.users == ("ann", "bob")
    assert found.viewed.tolist() == [[0, 85, 85], [3, 3, 5]]
    assert found.unseen.tolist() == [[100, 15, 25], [97, 97, 105]]
    assert found.ran_out == ("eve",)
    assert found.is_whole


def test_a_job_has_its_states_by_sample(tmp_path: Path) -> None:
    [job] = history(written(), tmp_path).jobs
    assert job.name == "job 7 (ann, 85, epoch 2)"
    assert (job.first, job.done) == (1, 2)
    assert job.states == ((1, "waiting", 0, 0), (2, "done", 10, 2))
    assert job.last == (2, "done", 10, 2)


def test_what_was_not_watched_to_its_end_is_not_whole(tmp_path: Path) -> None:
    assert not history(written(), tmp_path / "a").is_whole
    assert not history(written().saw(5.0, PoolWatched(samples=1)), tmp_path / "b").is_whole


def test_a_run_without_a_pool_has_no_history(tmp_path: Path) -> None:
    assert pool_history(evidence_of(lived(), tmp_path).ledger) is None
