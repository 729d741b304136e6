"""Bad usage of the command: one line, and no connection where none is needed."""

from __future__ import annotations

from pathlib import Path

import pytest

from servers.sharding.command import main
from servers.sharding.layout import write_shards


def test_a_file_that_is_none_of_shards_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--shards", str(tmp_path / "absent"), "show"]) == 2
    words = capsys.readouterr().err
    assert "absent" in words
    assert len(words.splitlines()) == 1


def test_a_shard_that_is_away_is_one_line_with_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "shards.json"
    write_shards(file, ["postgresql://ann@127.0.0.1:1/views"])
    assert main(["--shards", str(file), "recover"]) == 1
    words = capsys.readouterr().err
    assert "refused" in words
    assert "`recover`" in words
    assert len(words.splitlines()) == 1


def test_without_a_command_it_is_bad_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        main(["--shards", "x"])
    assert refused.value.code == 2
    assert "usage:" in capsys.readouterr().err
