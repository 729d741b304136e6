"""Every defect is found by its id, and says all that a self-test needs of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from defects import registry
from defects.base import (
    LAYERS,
    Defect,
    HarnessDefect,
    RecorderDefect,
    ServerDefect,
    Switch,
    WorkerDefect,
    installed,
)
from harness.core.errors import UsageError
from reports.checks import CHECKS
from reports.evidence.fates import Fate
from scenarios.catalogue.declare import load_all
from servers.ingest.http.pages import CLIENT

DEFECTS = registry.all_defects()
EACH = pytest.mark.parametrize("defect", DEFECTS.values(), ids=DEFECTS)
NAMES = {*CHECKS, *(fate.value for fate in Fate)}


@EACH
def test_a_defect_is_found_by_its_id(defect: Defect) -> None:
    assert registry.find(defect.id) == defect
    assert defect.layer in LAYERS


@EACH
def test_it_says_what_is_wrong_and_by_which_name_it_is_caught(defect: Defect) -> None:
    assert defect.about.endswith(".")
    assert "\n" not in defect.about
    assert defect.expected
    assert set(defect.expected) <= NAMES, "only fates and checks are names"


@EACH
def test_it_is_tried_in_scenarios_that_exist(defect: Defect) -> None:
    scenarios = load_all()
    assert defect.trials or defect.walks
    assert all(trial.scenario in scenarios for trial in defect.trials)


@EACH
def test_its_places_are_there(defect: Defect) -> None:
    """What it overrides or patches has not moved."""
    match defect:
        case ServerDefect() | HarnessDefect() | WorkerDefect():
            assert defect.overrides
            with installed(defect.overrides, Switch(twin=True)):
                pass
        case RecorderDefect():
            assert defect.patches
            for file in defect.files:
                source = (CLIENT / file).read_text(encoding="utf-8")
                patched = {defect.patched(file, source, twin=twin) for twin in (False, True)}
                assert len({source, *patched}) == 3


def test_an_unknown_id_names_the_nearest() -> None:
    with pytest.raises(UsageError, match="no defect 'no_inserts'") as caught:
        registry.find("no_inserts")
    assert "'no_insert'" in (caught.value.hint or "")


def test_two_modules_of_one_name_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for layer in ("server", "database"):
        (tmp_path / layer).mkdir()
        (tmp_path / layer / "same.py").write_text("DEFECT = None\n")
    monkeypatch.setattr(registry, "_HERE", tmp_path)
    with pytest.raises(ValueError, match="two defects are named same"):
        registry._places.__wrapped__()


def test_a_module_without_a_defect_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match=r"defects\.base holds no defect"):
        registry._load.__wrapped__(Path("base.py"))
