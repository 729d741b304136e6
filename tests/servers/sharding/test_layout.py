"""The map of what shards own, and the files that say where they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from servers.sharding.layout import (
    MOVED,
    OPEN,
    PAUSED,
    BucketOwner,
    LayoutError,
    epoch_of,
    merged,
    read_shards,
    write_shards,
)


def test_of_two_that_own_a_bucket_the_newer_is_right() -> None:
    answers = {0: [(7, OPEN, 1), (8, PAUSED, 3)], 1: [(7, OPEN, 2)]}
    owners = merged(answers)
    assert owners == {7: BucketOwner(1, OPEN, 2), 8: BucketOwner(0, PAUSED, 3)}
    assert merged(dict(reversed(answers.items()))) == owners
    assert epoch_of(owners) == 3


def test_what_has_left_belongs_to_no_one_until_it_is_taken() -> None:
    assert merged({0: [(7, MOVED, 1)], 1: []}) == {}
    assert epoch_of({}) == 0


def test_a_file_comes_back_as_it_was_written(tmp_path: Path) -> None:
    file = tmp_path / "shards.json"
    write_shards(file, ["one", "two"])
    assert read_shards(file) == ("one", "two")
    assert [path.name for path in tmp_path.iterdir()] == ["shards.json"]


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"shards": []}', '{"shards": [1]}', "7"])
def test_what_is_no_list_of_shards_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    file = tmp_path / "shards.json"
    file.write_text(text)
    with pytest.raises(LayoutError) as refused:
        read_shards(file)
    assert str(file) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(LayoutError, match="absent"):
        read_shards(tmp_path / "absent")
