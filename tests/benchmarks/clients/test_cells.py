"""What a stored suite says of a client, read from its own files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks.clients.__main__ import main
from benchmarks.clients.cells import ClientCell, cells_in
from harness.ledger.plan import SuiteOptions, SuitePlan, write_plan
from harness.target.target import Target
from tests.harness.target.client.facts import client_facts, client_file

RECEIPTS: list[dict[str, Any]] = [
    {"kind": "started"},
    {"kind": "batch", "status": 200, "user": "ann", "tab": "t", "artworks": ["a", "b"]},
    {"kind": "batch", "status": 200, "user": "ann", "tab": "t", "artworks": ["b"]},
    {
        **{"kind": "batch", "status": 200, "user": "ann", "tab": "t"},
        **{"artworks": ["a", "b"], "reason": "repeated on its way"},
    },
    {"kind": "batch", "status": 503, "user": "ann", "tab": "t", "artworks": ["a"]},
    {"kind": "batch", "status": 200, "user": "ann", "tab": "u", "artworks": ["a"]},
]


def suite(directory: Path, *, system: str, cells: list[dict[str, Any]]) -> Path:
    """A suite's directory with one run."""
    run = directory / "suite" / "cells" / "one"
    run.mkdir(parents=True)
    (run / "server.ndjson").write_text("\n".join(json.dumps(row) for row in RECEIPTS))
    options = SuiteOptions(target=Target(name="seen", system=system))
    plan = SuitePlan(suite="s", command="c", cells=(), options=options, facts={}, roadmap=None)
    write_plan(directory / "suite", plan)
    (directory / "suite" / "verdict.json").write_text(json.dumps({"cells": cells}))
    return directory / "suite"


def judged(**changes: Any) -> dict[str, Any]:
    cell = {
        "arm": "browser=chromium,preset=default",
        "scenario": "reloads",
        "seed": 1,
        "question": "Is one lost?",
        "verdict": "fail",
        "reason": "nothing_lost",
        "not_run": None,
        "finished": True,
        "run": "cells/one",
        "browser": {"product": "Chromium", "version": "130"},
        "fates": {"lost_acked": 1, "vanished": 1, "duplicate_stored": 2, "recovered": 5},
        "findings": [
            {"check": "went_over", "verdict": "not run"},
            {"check": "nothing_lost", "verdict": "fail"},
        ],
    }
    return {**cell, **changes}


def client(tmp_path: Path) -> str:
    return f"client:{client_file(tmp_path, client_facts(version='1.0.0', licence='MIT'))}"


def test_losses_copies_and_repeats_are_counted_from_verdict_and_receipts(tmp_path: Path) -> None:
    [cell] = cells_in(suite(tmp_path, system=client(tmp_path), cells=[judged()]))
    assert (cell.client, cell.version, cell.licence) == ("seen", "1.0.0", "MIT")
    assert (cell.shown, cell.lost, cell.stored_twice) == (9, 2, 2)
    assert cell.lost_as == {"vanished": 1, "lost_acked": 1}
    assert cell.sent_again == 1  # b came twice from tab t; a of tab u is a view of its own
    assert cell.repeated == 2  # under the number of a request that was stored before
    assert cell.not_asked == ("went_over",)
    assert cell.product == "Chromium 130"


def test_a_cell_that_the_client_ignored_is_kept_and_an_unsupported_one_is_not(
    tmp_path: Path,
) -> None:
    ignored = judged(
        verdict="not run",
        not_run="unsupported",
        reason="the client ignored us: …",
        run=None,
        finished=False,
    )
    missing = judged(
        verdict="not run", not_run="missing", reason="firefox missing", run=None, finished=False
    )
    cut_short = judged(verdict="unknown", reason="interrupted", finished=False)
    other = judged(arm="browser=chromium,preset=durable")
    found = list(
        cells_in(
            suite(tmp_path, system=client(tmp_path), cells=[ignored, missing, cut_short, other])
        )
    )
    assert [cell.verdict for cell in found] == ["not run"]
    assert found[0].sent_again == 0


def test_another_target_s_suite_holds_none(tmp_path: Path) -> None:
    system = Target().system
    assert list[ClientCell](cells_in(suite(tmp_path, system=system, cells=[judged()]))) == []


def test_a_later_result_takes_the_place_of_the_same_cell(tmp_path: Path) -> None:
    stored, page = tmp_path / "clients.json", tmp_path / "clients.md"
    first = suite(tmp_path, system=client(tmp_path), cells=[judged()])
    assert main([str(first)], stored=stored, page=page) == 0
    (first / "verdict.json").write_text(json.dumps({"cells": [judged(fates={"recovered": 9})]}))
    assert main([str(first)], stored=stored, page=page) == 0
    [kept] = json.loads(stored.read_text())
    assert (kept["shown"], kept["lost"]) == (9, 0)
    (first / "verdict.json").write_text(json.dumps({"cells": [judged(seed=2)]}))
    assert main([str(first)], stored=stored, page=page) == 0
    assert [one["seed"] for one in json.loads(stored.read_text())] == [1, 2]
    assert "| `reloads` |" in page.read_text()
