"""All of an experiment's files are written from its result, in one step each."""

from __future__ import annotations

import errno
import json
from pathlib import Path

import pytest

from harness.core.errors import HarnessError
from harness.ledger import door
from reports.experiments.publish import write_experiment_report
from tests.reports.experiment_builder import Written, four_arms

FILES = ("experiment.html", "result.json", "slots.csv", "slots.parquet")


def test_the_page_and_what_lies_beside_it(tmp_path: Path) -> None:
    page = write_experiment_report(four_arms().result(tmp_path))
    assert page == tmp_path / "experiment.html"
    assert {path.name for path in tmp_path.iterdir()} == {"blocks", *FILES}
    record = json.loads((tmp_path / "result.json").read_text())
    assert record["sentence"].startswith("500 loses")
    assert record["sentence"].replace(" %", "\u00a0%") in page.read_text()


def test_the_same_result_gives_the_same_bytes(tmp_path: Path) -> None:
    result = four_arms().result(tmp_path)
    write_experiment_report(result)
    first = {name: (tmp_path / name).read_bytes() for name in FILES}
    write_experiment_report(result)
    assert {name: (tmp_path / name).read_bytes() for name in FILES} == first


def test_nothing_complete_is_reported_too(tmp_path: Path) -> None:
    page = write_experiment_report(Written(arms={"a": {}, "b": {}}).result(tmp_path))
    assert "no block is complete" in page.read_text()


def test_a_full_disk_is_named_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    result = four_arms().result(tmp_path)
    monkeypatch.setattr(door, "write", full)
    with pytest.raises(HarnessError, match="No space left on device") as caught:
        write_experiment_report(result)
    assert f"harness report {tmp_path}" in caught.value.hint
