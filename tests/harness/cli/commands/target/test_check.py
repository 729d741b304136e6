"""``harness target check``: on the example, and on systems of which a part is wrong."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests import ROOT
from tests.harness.cli.shell import harness_here

SQLITE = ROOT / "examples" / "sqlite" / "target.toml"

pytestmark = [pytest.mark.slow, pytest.mark.stack]


def check(*arguments: str) -> subprocess.CompletedProcess[str]:
    return harness_here("target", "check", *arguments)


def changed(folder: Path, *changes: tuple[str, str]) -> str:
    """The example's file with changes, elsewhere."""
    text = SQLITE.read_text()
    for before, after in (('"app.py"', json.dumps(str(SQLITE.parent / "app.py"))), *changes):
        assert before in text, before
        text = text.replace(before, after)
    (folder / "target.toml").write_text(text)
    return str(folder / "target.toml")


def test_every_part_of_the_example_works_and_what_is_not_decided_is_named() -> None:
    ended = check(str(SQLITE))
    assert ended.returncode == 0, ended.stderr
    assert "works  [truth]: 2 views are there" in ended.stdout
    assert '{"pictures":["h' in ended.stdout
    assert "nothing_lost: Every impression that was shown has its row" in ended.stdout
    assert "nothing_twice (No impression has two rows.): at-least-once delivery" in ended.stdout


@pytest.mark.parametrize(
    ("change", "part", "state", "words"),
    [
        (('path = "/views"', 'path = "/vews"'), "[batch]", "fails", "404"),
        (("accepted = [202]", "accepted = [200]"), "[batch]", "fails", "none of the [answers]"),
        (('"/token"', '"/tokn"'), "[session]", "fails", "has no /tokn"),
        (('items = "/views"', 'items = "/vews"'), "[truth]", "fails", "no list at items"),
        (('id = "/picture"', 'id = "/visitor"'), "[truth]", "fails", "like 'visitor-1'"),
        (('"/health"', '"/nowhere"'), "", "works", ""),
        (("at-least-once", "exactly-once"), "[truth]", "look here", "stored 2 times"),
        (('"--port"', '"--prt"'), "[start]", "fails", "[start] ended with 2"),
    ],
)
def test_a_part_that_is_wrong_is_named_with_what_was_seen(
    tmp_path: Path, change: tuple[str, str], part: str, state: str, words: str
) -> None:
    ended = check(changed(tmp_path, change), "--json")
    parts = json.loads(ended.stdout)["parts"]
    if not part:
        assert ended.returncode == 0
        return
    assert ended.returncode == 3
    [found] = [one for one in parts if one["state"] not in ("works", "not tried")]
    assert found["part"].startswith(part)
    assert found["state"] == state
    assert words in found["seen"]


def test_ids_of_another_case_are_known_by_a_line_of_the_file(tmp_path: Path) -> None:
    app = (SQLITE.parent / "app.py").read_text()
    assert "str(picture)" in app
    (tmp_path / "app.py").write_text(app.replace("str(picture)", "str(picture).upper()"))
    text = SQLITE.read_text()
    (tmp_path / "target.toml").write_text(text)
    ended = check(str(tmp_path / "target.toml"))
    assert ended.returncode == 3
    assert "but one of another case: does [ids] need case_sensitive = false?" in ended.stdout
    (tmp_path / "target.toml").write_text(f"{text}\n[ids]\ncase_sensitive = false\n")
    assert check(str(tmp_path / "target.toml")).returncode == 0


def test_a_system_that_is_down_is_not_called_there(tmp_path: Path) -> None:
    text = SQLITE.read_text().replace("{port}", "9", 1)
    before, _, rest = text.partition("[start]")
    (tmp_path / "target.toml").write_text(f"{before}[batch]{rest.partition('[batch]')[2]}")
    ended = check(str(tmp_path / "target.toml"), "--json")
    assert ended.returncode == 3
    [part] = json.loads(ended.stdout)["parts"]
    assert (part["part"], part["state"]) == ("base_url and [reset]", "fails")
    assert part["seen"].startswith("GET http://127.0.0.1:9/ had no answer: ")
    assert part["seen"].endswith("Is it up?")


def test_a_system_in_python_has_nothing_to_try() -> None:
    ended = check(str(ROOT / "tests" / "targets" / "no_insert.toml"))
    assert ended.returncode == 2
    assert "names a system in Python" in ended.stderr
