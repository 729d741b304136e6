"""The suite as CTRF, the Common Test Report Format: JSON for tools that read no JUnit XML.

The format is https://github.com/ctrf-io/ctrf, version 1.0.0 of its specification.
"""

from __future__ import annotations

import datetime as dt
import mimetypes
import uuid
from collections import Counter
from typing import Any

from harness.ledger.json_files import encode_json
from reports.core import text
from reports.pages import words
from reports.pages.ci import cases
from reports.pages.ci.cases import Beside
from reports.verdict.verdict import Cell, SuiteVerdict, Verdict

SPEC_VERSION = "1.0.0"
STATUSES = ("passed", "failed", "skipped", "pending", "other")
_NOTHING_BESIDE = Beside()
_TOOL = "impression-harness"


def render_ctrf(suite: SuiteVerdict, beside: Beside = _NOTHING_BESIDE) -> str:
    """Return the JSON document: a test for every planned cell, ``rawStatus`` its verdict's word.

    CTRF has no word for what could not be decided, and its readers gate on ``failed`` alone: an
    ``unknown`` cell, and a planned one that was never executed, are ``failed`` here, and their
    message says which. A failure that was expected is ``other``; what could not run here is
    ``skipped``. A suite that did not pass never reads as green: where no cell says so, a last test
    does.
    """
    tests = [_test(suite, cell, beside) for cell in suite.cells]
    if cases.needs_own_case(suite):
        tests.append(_whole_suite(suite))
    counts = Counter(test["status"] for test in tests)
    start_ms = _milliseconds(suite.started)
    document = {
        "reportFormat": "CTRF",
        "specVersion": SPEC_VERSION,
        "generatedBy": _TOOL,
        "results": {
            "tool": {"name": _TOOL},
            "summary": {
                "tests": len(tests),
                **{status: counts[status] for status in STATUSES},
                "start": start_ms,
                "stop": start_ms + round(suite.duration_s * 1000),
                "extra": {"verdict": suite.verdict.value, "reason": text.one_line(suite.reason)},
            },
            "tests": tests,
            "environment": {"extra": {k: text.one_line(v) for k, v in suite.facts.items()}},
            "extra": {"suite": text.one_line(suite.suite), "interrupted": suite.interrupted},
        },
    }
    return encode_json(document)


def status_of(cell: Cell) -> str:
    """Return CTRF's word for what became of a cell."""
    if cell.failed_as_expected:
        return "other"
    if cell.verdict is Verdict.NOT_RUN and cell.not_run is not None:
        return "skipped"
    return "passed" if cell.verdict is Verdict.PASS else "failed"


def _test(suite: SuiteVerdict, cell: Cell, beside: Beside) -> dict[str, Any]:
    status = status_of(cell)
    name = text.one_line(cell.name)
    test: dict[str, Any] = {
        "id": str(uuid.uuid5(uuid.NAMESPACE_OID, name)),
        "name": name,
        "status": status,
        "rawStatus": words.standing(cell),
        "duration": round((cell.duration_s or 0) * 1000),
        "suite": [text.one_line(suite.suite) or "suite", text.one_line(cell.scenario)],
        "labels": {k: text.one_line(v) for k, v in cases.properties(cell, beside).items()},
        "stdout": cases.output(cell, beside),
        "extra": {"fates": dict(cell.fates)},
    }
    if status != "passed":
        test["message"] = _message(cell, beside)
        test["trace"] = "\n".join(cases.details(cell, beside))
    if cell.browser:
        test["browser"] = text.one_line(cell.browser.title)
    if file := beside.files.get(cell.name):
        test["filePath"] = text.one_line(file)
    files = [
        {
            "name": text.one_line(exhibit.name),
            "contentType": mimetypes.guess_type(exhibit.name)[0] or "application/octet-stream",
            "path": text.one_line(cases.attachment_path(cell, exhibit, beside)),
        }
        for exhibit in cases.attachments(cell, beside)
    ]
    return test | ({"attachments": files} if files else {})


def _message(cell: Cell, beside: Beside) -> str:
    headline = cases.headline(cell, beside)
    return f"could not be decided: {headline}" if cell.verdict is Verdict.UNKNOWN else headline


def _whole_suite(suite: SuiteVerdict) -> dict[str, Any]:
    return {
        "name": "verdict of the suite",
        "status": "failed",
        "rawStatus": suite.verdict.value,
        "duration": 0,
        "message": words.verdict_sentence(suite),
    }


def _milliseconds(stamp: str) -> int:
    """Return a stamp as milliseconds since 1970; 0 for one that is none."""
    try:
        moment = dt.datetime.fromisoformat(stamp)
    except ValueError:
        return 0
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    return round(moment.timestamp() * 1000)
