"""The first visit against servers with one defect each: red, with the right fate, by its name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.setup import find_chromium, find_toxiproxy
from tests.harness.cli.shell import harness_here

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.stack,
    pytest.mark.skipif(
        find_chromium() is None or find_toxiproxy() is None,
        reason="Chromium or Toxiproxy is missing; `harness setup` brings them",
    ),
]


@pytest.mark.parametrize(
    ("defect", "fates", "failing"),
    [
        ("no_insert", {"lost_acked"}, {"nothing_lost", "conservation"}),
        ("stored_twice", {"duplicate_stored"}, {"nothing_twice", "roadmap_sql"}),
        (
            "wrong_user",
            {"lost_acked", "phantom"},
            {"nothing_lost", "nothing_unshown"},
        ),
    ],
)
def test_a_defect_turns_the_first_visit_red(
    tmp_path: Path, defect: str, fates: set[str], failing: set[str]
) -> None:
    target = ("--target", f"tests/defects/{defect}.toml", "--out", str(tmp_path))
    done = harness_here("run", "first_visit", "--json", "--browser", "chromium", *target)
    assert done.returncode == 1, done.stderr
    verdict = json.loads(done.stdout)
    assert verdict["verdict"] == "fail"
    [cell] = verdict["cells"]
    assert fates <= set(cell["fates"]), cell["fates"]
    failed = {f["check"] for f in cell["findings"] if f["verdict"] == "fail"}
    assert failing <= failed, cell["findings"]
    assert "Traceback" not in done.stderr
