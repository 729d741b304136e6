"""The example in SQLite is under test through its target file alone, and its defect is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.examples.tried import EXAMPLES, verdict

SQLITE = EXAMPLES / "sqlite"

pytestmark = [pytest.mark.stack, pytest.mark.slow]


def test_the_sound_one_keeps_what_it_acknowledged_when_it_is_killed(tmp_path: Path) -> None:
    found = verdict("killed_server", SQLITE / "target.toml", tmp_path)
    assert (found.code, found.cell["verdict"]) == (0, "pass"), found.cell["reason"]
    assert found.finding("nothing_lost")["verdict"] == "pass"
    twice = found.finding("nothing_twice")
    assert twice["verdict"] == "not run"
    assert "under at-least-once delivery" in twice["summary"]


def test_the_one_that_answers_early_is_found_by_the_right_name(tmp_path: Path) -> None:
    found = verdict("killed_server", SQLITE / "answers-early.toml", tmp_path)
    assert (found.code, found.cell["verdict"]) == (1, "fail"), found.cell["reason"]
    assert found.cell["fates"].get("lost_acked", 0) > 0
    assert "lost_acked" in found.cell["reason"]
