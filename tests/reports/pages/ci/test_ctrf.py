"""CTRF: valid against the format's rules, and never green where the suite is not."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import pytest
from msgspec.structs import replace

from reports.pages.attachments import Exhibit
from reports.pages.ci.cases import Beside
from reports.pages.ci.ctrf import STATUSES, render_ctrf
from reports.verdict.verdict import SuiteVerdict
from tests.reports.report_samples import (
    HOSTILE,
    every_kind,
    expected_failure,
    failing,
    missing,
    never_executed,
    passing,
    suite_of,
    undecided,
    unsupported,
)

COUNT = {"type": "integer", "minimum": 0}
TEXT = {"type": "string"}


def closed(required: str, **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": required.split(),
        "properties": properties,
        "additionalProperties": False,
    }


TEST = closed(
    "name status duration",
    id={"type": "string", "format": "uuid"},
    name={"type": "string", "minLength": 1},
    status={"enum": list(STATUSES)},
    rawStatus=TEXT,
    duration=COUNT,
    suite={"type": "array", "minItems": 1, "items": TEXT},
    message=TEXT,
    trace=TEXT,
    filePath=TEXT,
    browser=TEXT,
    stdout={"type": "array", "items": TEXT},
    labels={"type": "object", "additionalProperties": TEXT},
    attachments={
        "type": "array",
        "items": closed("name contentType path", name=TEXT, contentType=TEXT, path=TEXT),
    },
    extra={"type": "object"},
)
SUMMARY = closed(
    "tests passed failed skipped pending other start stop",
    tests=COUNT,
    **dict.fromkeys(STATUSES, COUNT),
    start=COUNT,
    stop=COUNT,
    extra={"type": "object"},
)
FORMAT = closed(
    "reportFormat specVersion results",
    reportFormat={"const": "CTRF"},
    specVersion={"type": "string", "pattern": r"^\d+[.]\d+[.]\d+$"},
    generatedBy=TEXT,
    results=closed(
        "tool summary tests",
        tool=closed("name", name={"type": "string", "minLength": 1}),
        summary=SUMMARY,
        tests={"type": "array", "items": TEST},
        environment=closed("", extra={"type": "object"}),
        extra={"type": "object"},
    ),
)
VALIDATOR = jsonschema_rs.Draft7Validator(FORMAT, validate_formats=True)


def results(suite: SuiteVerdict, **beside: Any) -> dict[str, Any]:
    document = json.loads(render_ctrf(suite, Beside(**beside)))
    VALIDATOR.validate(document)
    found: dict[str, Any] = document["results"]
    return found


def test_every_planned_cell_is_a_test_with_its_verdict_s_word() -> None:
    cells = (passing(), failing(), undecided(), missing(), unsupported(), never_executed())
    tests = results(suite_of(*cells))["tests"]
    assert [(test["status"], test["rawStatus"]) for test in tests] == [
        ("passed", "pass"),
        ("failed", "fail"),
        ("failed", "unknown"),
        ("skipped", "not run"),
        ("skipped", "not run"),
        ("failed", "not run"),
    ]


def test_an_expected_failure_is_neither_failed_nor_passed() -> None:
    found = results(suite_of(passing(), expected_failure()))
    assert found["tests"][1]["status"] == "other"
    assert found["tests"][1]["rawStatus"] == "expected fail"
    assert found["summary"]["failed"] == 0


def test_the_summary_counts_the_tests_and_holds_the_time_in_milliseconds() -> None:
    summary = results(every_kind())["summary"]
    counts = {name: summary[name] for name in ("tests", *STATUSES)}
    assert counts == {
        "tests": 6,
        "passed": 2,
        "failed": 2,
        "skipped": 2,
        "pending": 0,
        "other": 0,
    }
    assert summary["start"] == 1_795_374_373_000
    assert summary["stop"] - summary["start"] == 192_300
    assert summary["extra"]["verdict"] == "fail"


def test_what_failed_names_the_check_the_command_and_the_files() -> None:
    cell = failing()
    files = (Exhibit(name="tab.png", href="", size="1 kB", what="", is_picture=True),)
    test = results(
        suite_of(cell),
        runs_at="runs/s",
        files={cell.name: "scenarios/test_first.py"},
        exhibits={cell.name: files},
        reproduce={cell.name: "harness run x"},
    )["tests"][0]
    assert "| see it: harness explain runs/s/short-outage/" in test["message"]
    assert test["trace"].startswith("✗ nothing_lost: 3 of 40")
    assert test["filePath"] == "scenarios/test_first.py"
    assert test["labels"]["reproduce"] == "harness run x"
    assert test["attachments"] == [
        {
            "name": "tab.png",
            "contentType": "image/png",
            "path": "runs/s/short-outage/20261122T190613-7/evidence/tab.png",
        }
    ]


def test_what_is_undecided_says_so_and_accuses_no_one() -> None:
    message = results(suite_of(undecided()))["tests"][0]["message"]
    assert message.startswith("could not be decided: the load generator lagged")


@pytest.mark.parametrize(
    "suite",
    [
        suite_of(),
        suite_of(missing(), unsupported()),
        suite_of(expected_failure()),
        suite_of(passing(), interrupted=True),
    ],
    ids=["no cell", "nothing ran", "expected failures only", "interrupted"],
)
def test_what_did_not_pass_is_never_green(suite: SuiteVerdict) -> None:
    found = results(suite)
    assert found["summary"]["failed"] == 1
    assert found["tests"][-1]["name"] == "verdict of the suite"
    assert suite.reason in found["tests"][-1]["message"]


def test_the_same_cell_has_the_same_id_in_every_suite() -> None:
    one, other = (results(suite_of(passing(), passing(seed=seed)))["tests"] for seed in (8, 9))
    assert one[0]["id"] == other[0]["id"]
    assert one[1]["id"] != other[1]["id"]


def test_any_text_leaves_the_document_valid() -> None:
    cell = passing(scenario=HOSTILE, arm=HOSTILE, run=HOSTILE + "\ud800", fates={HOSTILE: 1})
    hostile = replace(failing(), scenario=HOSTILE, run=HOSTILE)
    found = results(suite_of(cell, hostile, suite=HOSTILE, started=HOSTILE))
    assert "\x1b" not in found["tests"][0]["name"]
    assert found["summary"]["start"] == 0


def test_two_thousand_cells_are_all_there() -> None:
    many = [replace(failing(), seed=seed) for seed in range(2000)]
    assert results(suite_of(*many))["summary"]["failed"] == 2000
