"""Where a defect meets a run: by the arm's factor, and only there."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.compose.defects import (
    DefectiveJudge,
    Nothing,
    known_defects,
    planted_by,
    planted_in,
    server_of,
)
from harness.core.errors import UsageError
from harness.ledger.files import Ledger
from harness.ledger.kinds import NETWORK
from harness.ledger.rundir import RunPlan
from tests.harness.cli.shell import harness_here


def test_an_arm_without_the_factor_has_nothing_in_it(tmp_path: Path) -> None:
    nothing = planted_in({"browser": "chromium"})
    assert isinstance(nothing, Nothing)
    assert nothing.server("my.server") == ("my.server", ())
    with (
        Ledger(tmp_path) as ledger,
        nothing.during_run(tmp_path),
        nothing.recorded(ledger.witness(NETWORK)),
        nothing.during_judging(),
    ):
        assert ledger.witness(NETWORK).rows == 0


def test_a_defect_takes_the_place_of_the_reference_server_only() -> None:
    planted = planted_by("no_insert")
    assert server_of(planted, "servers.ingest")[0] == "defects.server_variant"
    with pytest.raises(UsageError, match=r"cannot be put into my\.server"):
        server_of(planted, "my.server")
    assert server_of(planted_by("check_crashes"), "my.server") == ("my.server", ())


def test_a_judge_with_a_defect_counts_its_hits_by_run() -> None:
    judge = DefectiveJudge()
    sound = RunPlan(scenario="s", arm={}, seed=1)
    defective = RunPlan(scenario="s", arm={"defect": "check_crashes"}, seed=1)
    for plan in (sound, defective):
        with judge(plan):
            pass
    assert judge.hits == {sound.slug: 0, defective.slug: 0}


def test_every_known_defect_says_what_a_self_test_needs() -> None:
    assert all(one.id and one.layer and one.about and one.expected for one in known_defects())


def test_an_unknown_defect_is_refused_before_anything_starts(tmp_path: Path) -> None:
    done = harness_here(
        "run", "first_visit", "--arm", "defect=no_inserts", "--out", str(tmp_path / "out")
    )
    assert done.returncode == 2
    assert "'no_insert'" in done.stderr
    assert not (tmp_path / "out").exists()
