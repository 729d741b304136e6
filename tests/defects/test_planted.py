"""A defect in a run: what starts differently, and the ledger that its hits go to."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from defects import planted as module
from defects.base import HarnessDefect, Switch, Trial
from defects.planted import HITS_FILE, InstalledDefect, known, planted
from harness.core.errors import UsageError
from harness.ledger.files import Ledger, read_witness
from harness.ledger.kinds import NETWORK
from harness.load import child

ADD = f"{__name__}:added"


def added(one: int, other: int) -> int:
    return one + other


def one_more(switch: Switch, original: Any, one: int, other: int) -> int:
    return int(original(one, other)) + (1 if switch.reached() else 0)


def harness_defect(monkeypatch: pytest.MonkeyPatch, **fields: Any) -> InstalledDefect:
    defect = HarnessDefect(
        about="x.",
        expected={"late"},
        trials=[Trial("first_visit")],
        overrides={ADD: one_more},
        id="adds",
        **fields,
    )
    monkeypatch.setattr(module, "find", lambda name: defect)
    return planted("adds")


def test_a_server_s_defect_starts_the_variant() -> None:
    assert planted("no_insert").server("servers.ingest") == (
        "defects.server_variant",
        ("--defect", "no_insert"),
    )
    assert planted("no_insert.twin").server("servers.ingest")[1][-1] == "--twin"
    assert planted("check_crashes").server("servers.ingest") == ("servers.ingest", ())
    with pytest.raises(UsageError):
        planted("no_such")


def test_hits_before_and_during_the_run_are_in_its_ledger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    defect = harness_defect(monkeypatch)
    with Ledger(tmp_path) as ledger, defect.during_run(tmp_path):
        assert added(1, 1) == 3
        with defect.recorded(ledger.witness(NETWORK)):
            assert added(1, 1) == 3
            (tmp_path / HITS_FILE).write_text("4\n2\n")
    assert added(1, 1) == 2
    rows = read_witness(tmp_path / "network.arrows").table.to_pylist()
    assert {row["fault"] for row in rows} == {"adds"}
    assert sum(row["value"] for row in rows) == defect.hits + 6 == 8


@pytest.mark.parametrize("at", ["run", "judging"])
def test_it_acts_at_its_moment_only(
    at: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    defect = harness_defect(monkeypatch, at=at)
    with defect.during_run(tmp_path):
        assert added(1, 1) == (3 if at == "run" else 2)
    with defect.during_judging():
        assert added(1, 1) == (3 if at == "judging" else 2)


def test_a_generator_s_defect_goes_with_its_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    defect = harness_defect(monkeypatch, at="generator")
    with defect.during_run(tmp_path):
        assert added(1, 1) == 2
        command = child.locust_argv(child.LOCUSTFILE, "--headless")
    start = [sys.executable, "-m", "defects.generator_variant", "adds", str(tmp_path / HITS_FILE)]
    assert command == [*start, "-f", str(child.LOCUSTFILE), "--headless"]
    assert child.locust_argv(child.LOCUSTFILE)[1:3] == ["-m", "locust"]


def test_every_defect_is_known() -> None:
    assert {"no_insert", "never_adopts", "check_crashes"} <= {one.id for one in known()}


@pytest.mark.parametrize("level", ["lease_never_expires", "lease_never_expires.twin"])
def test_a_worker_s_defect_takes_the_place_of_the_worker_alone(tmp_path: Path, level: str) -> None:
    defect = planted(level)
    module, arguments = defect.worker("servers.pool", tmp_path)
    assert module == "defects.worker_variant"
    assert arguments == (level, str(tmp_path / HITS_FILE))
    assert defect.server("servers.ingest") == ("servers.ingest", ())
    assert planted("no_insert").worker("servers.pool", tmp_path) == ("servers.pool", ())
