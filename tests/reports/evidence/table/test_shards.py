"""What shards counted over their lives, and who owns a bucket."""

from __future__ import annotations

from pathlib import Path

from harness.ledger.kinds.monitoring.topology import PartSilent
from reports.evidence.table.shards import shard_facts, unread_shards
from tests.reports.checks.topology.shards import looked, owned, two_shards
from tests.reports.ledgers import HandWritten, evidence_of, lived


def facts(ledger: HandWritten, tmp_path: Path):  # type: ignore[no-untyped-def]
    return shard_facts(evidence_of(ledger, tmp_path).ledger)


def test_a_shard_that_was_started_again_counts_both_lives(tmp_path: Path) -> None:
    ledger = lived()
    looked(ledger, "shard-1", reads=3, pid=7)
    looked(ledger, "shard-1", reads=5, pid=7)
    looked(ledger, "shard-1", reads=2, pid=8)
    ledger.saw(6.0, PartSilent(part="shard-1", why="refused"))
    ledger.saw(6.0, PartSilent(part="pooler", why="refused"))
    found = facts(owned(ledger, without=4), tmp_path)
    assert found.reads == {"shard-1": 7}
    assert found.died == {"shard-1"}
    assert (found.shard_of(2), found.shard_of(3), found.shard_of(4)) == ("shard-1", "shard-2", "")


def test_without_shards_there_are_no_facts(tmp_path: Path) -> None:
    assert facts(lived(), tmp_path) is None


def test_a_final_read_without_a_shard_is_none_of_everything(tmp_path: Path) -> None:
    whole = two_shards().shown("a", 2.0)
    for number, (ledger, words) in enumerate(
        (
            (whole.final(41.0, a=2), []),
            (two_shards().final(41.0, a=1), ["the final read has 1 rows, and the shards hold 2"]),
            (
                looked(two_shards(), "shard-3").final(41.0, a=2),
                ["the final read is not of shard-3"],
            ),
            (two_shards(), []),
            (lived().final(41.0, a=1), []),
        )
    ):
        assert unread_shards(evidence_of(ledger, tmp_path / str(number)).ledger) == words
