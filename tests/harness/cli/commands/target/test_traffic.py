"""``harness target traffic``: a recording becomes a command that plans."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from tests import ROOT
from tests.harness.cli.shell import harness_here

HAR = ROOT / "tests" / "harness" / "load" / "gallery.har"
FILE = """format = 1
base_url = "http://127.0.0.1:1"
[batch]
path = "/api/impressions"
body = { userId = "{user}", artworkIds = "{ids}" }
"""

pytestmark = pytest.mark.slow


def test_it_shows_how_much_it_was_and_the_command_that_sends_as_much(tmp_path: Path) -> None:
    file = tmp_path / "target.toml"
    file.write_text(FILE)
    ended = harness_here("target", "traffic", str(file), str(HAR))
    assert ended.returncode == 0, ended.stderr
    assert "4 requests with views of 1 user in" in ended.stdout
    assert "Answers: 200 4" in ended.stdout
    assert "4 ids, 1.0 a request" in ended.stdout
    assert "har-0" not in ended.stdout, "nothing that it holds is shown"
    facts = json.loads(harness_here("target", "traffic", str(file), str(HAR), "--json").stdout)
    assert facts["requests"] == facts["ids"] == 4
    assert facts["command"] in ended.stdout
    _, *arguments = shlex.split(facts["command"])
    planned = harness_here(*arguments, "--dry-run", "--no-history")
    assert planned.returncode == 0, planned.stderr
    assert "steady_load" in planned.stdout


def test_a_system_in_python_is_one_line() -> None:
    ended = harness_here(
        "target", "traffic", str(ROOT / "tests" / "targets" / "no_insert.toml"), str(HAR)
    )
    assert ended.returncode == 2
    assert "names a system in Python" in ended.stderr
