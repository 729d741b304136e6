"""A large ledger read for some of its users: all that is about them, and nothing of the others."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports.evidence.frame import read_ledger
from reports.evidence.parts import ledger as parts_module
from reports.evidence.parts import spill as spill_module
from reports.evidence.parts.ledger import parted
from reports.judging.parts.chosen import about, buckets_for, in_buckets
from reports.judging.parts.named import Named
from tests.reports.judging.parts.loads import altered, load_at, sound, watched


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts_module, "PART_BYTES", 250_000)
    monkeypatch.setattr(spill_module, "PIECE_ROWS", 500)


@pytest.mark.usefixtures("small_parts")
def test_only_what_is_about_the_named_user_is_kept(tmp_path: Path) -> None:
    run = load_at(tmp_path, watched)
    whole = read_ledger(run)
    row = whole.viewer.iloc[7]
    with about(run, Named([f"{row['user']}/{row['artwork']}"])) as ledger:
        [part] = ledger
    for name in ("viewer", "load", "server", "database"):
        rows, mine = getattr(part, name), getattr(whole, name)
        of_user = mine["user"] == row["user"]
        assert (rows["user"] == row["user"]).sum() == of_user.sum() > 0, name
        of_none = mine["user"].isna()
        assert rows["user"].isna().sum() == of_none.sum(), name
    own = set(part.database["user"].dropna()) - {row["user"]}
    assert len(own) == 1, "the harness's own row, by which reads are judged"
    assert len(part.activity) == len(whole.activity)


@pytest.mark.usefixtures("small_parts")
def test_an_artwork_s_and_a_batch_s_users_come_in_a_second_reading(tmp_path: Path) -> None:
    run = load_at(tmp_path, sound)
    whole = read_ledger(run)
    sent = whole.load.iloc[3]
    artwork = str(whole.viewer["artwork"].iloc[0])
    seen = whole.viewer[whole.viewer["artwork"] == artwork]
    for name, users in ((sent["batch"], {sent["user"]}), (artwork, set(seen["user"]))):
        with about(run, Named([name, f" {name} "])) as ledger:
            parts = list(ledger)
        assert set().union(*(set(part.viewer["user"]) for part in parts)) == users
        rows = whole.viewer["user"].isin(users).sum()
        assert sum(len(part.viewer) for part in parts) == rows
    assert len(parts) > 2


def test_what_no_row_names_is_an_empty_part(tmp_path: Path) -> None:
    with about(load_at(tmp_path, sound), Named(["nothing/of it"])) as ledger:
        [part] = ledger
    assert part.viewer.empty


def test_gaps_are_named_whichever_users_are_read(tmp_path: Path) -> None:
    run = load_at(tmp_path, altered)
    with parted(run) as whole, about(run, Named(["a/b"])) as some, in_buckets(run, 3) as buckets:
        assert some.gaps == buckets.gaps == whole.gaps
        assert whole.gaps
        assert len(list(buckets)) == 3


def test_the_number_of_buckets_follows_the_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = load_at(tmp_path, sound)
    assert buckets_for(run) == 1
    monkeypatch.setattr(parts_module, "PART_BYTES", parts_module.size_of(run) - 1)
    assert buckets_for(run) == 2
