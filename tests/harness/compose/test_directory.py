"""The directory of a suite: named after its start, pointed at by ``latest``, ended once."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.compose.directory import make_suite_directory, suite_end
from harness.core.errors import HarnessError
from harness.ledger.json_files import read_json
from harness.ledger.plan import SUITE_END_FILE


def test_latest_points_at_the_suite_that_was_made_last(tmp_path: Path) -> None:
    first = make_suite_directory(tmp_path, "smoke", started="20260101T000000Z")
    assert (tmp_path / "latest").resolve() == first
    second = make_suite_directory(tmp_path, "walk")
    assert (tmp_path / "latest").resolve() == second
    assert first.name.startswith("20260101T000000Z-")
    assert first.name.endswith("-smoke")
    assert (second / "logs").is_dir()


def test_a_directory_of_the_user_s_that_is_called_latest_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "latest").mkdir()
    directory = make_suite_directory(tmp_path, "smoke")
    assert directory.is_dir()
    assert not (tmp_path / "latest").is_symlink()


def test_a_place_that_is_a_file_is_refused_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "runs").touch()
    with pytest.raises(HarnessError, match="cannot make the directory") as raised:
        make_suite_directory(tmp_path / "runs", "smoke")
    assert "--out" in raised.value.line


def test_the_end_says_why_cells_were_left_out_and_how_long_it_took(tmp_path: Path) -> None:
    with suite_end(tmp_path) as end:
        end.interrupt()
    content = read_json(tmp_path / SUITE_END_FILE)
    assert content["interrupted"] is True
    assert content["trouble"] == "interrupted before its turn"
    assert content["duration_s"] >= 0


def test_a_suite_that_broke_has_no_end(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), suite_end(tmp_path):
        raise ZeroDivisionError
    assert not (tmp_path / SUITE_END_FILE).exists()
