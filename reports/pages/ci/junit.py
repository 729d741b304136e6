"""The suite as JUnit XML, for CI systems: every planned cell is there, and red stays red."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from xml.etree import ElementTree

from reports.core import text
from reports.pages import words
from reports.pages.ci import cases
from reports.pages.ci.cases import Beside
from reports.verdict.verdict import Cell, SuiteVerdict, Verdict

_NOTHING_BESIDE = Beside()
_RESULTS = ("failure", "error", "skipped")


def render_junit(suite: SuiteVerdict, beside: Beside = _NOTHING_BESIDE) -> str:
    """Return the XML document: a test case for every planned cell, with at most one result.

    ``fail`` is a failure, or skipped with the type ``ExpectedFailure`` if it was foretold (as
    pytest writes what failed as expected); ``unknown`` is an error of type ``Unknown``; a planned
    cell that was never executed is an error of type ``NotRun``; one that could not run here is
    skipped with its reason. A suite that did not pass never reads as green: where no cell says so,
    a last case does. What went wrong stands in a result's ``message`` and again in the first line
    of its body, for readers that show only one; files of evidence end the output, a line each, as
    GitLab and Jenkins attach them.
    """
    written = []
    seen: Counter[tuple[str, str]] = Counter()
    for cell in suite.cells:
        case = _case(cell, beside)
        # Some readers drop the second of two cases with one name.
        key = (case.get("classname", ""), case.get("name", ""))
        seen[key] += 1
        if seen[key] > 1:
            case.set("name", f"{key[1]} #{seen[key]}")
        written.append(case)
    if cases.needs_own_case(suite):
        written.append(_whole_suite(suite))
    root = _totals("testsuites", suite, written)
    part = _totals("testsuite", suite, written)
    if timestamp := _date_time(suite.started):
        part.set("timestamp", timestamp)
    _properties(part, _facts(suite))
    part.extend(written)
    root.append(part)
    ElementTree.indent(root, " ")
    body = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'


def _date_time(stamp: str) -> str:
    """Return a stamp as xs:dateTime in UTC without its zone, as JUnit's schema has it; empty for
    one that is none."""
    try:
        moment = dt.datetime.fromisoformat(stamp)
    except ValueError:
        return ""
    if moment.tzinfo is not None:
        moment = moment.astimezone(dt.UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S")


def _properties(element: ElementTree.Element, facts: Mapping[str, str]) -> None:
    properties = ElementTree.SubElement(element, "properties")
    for name, value in facts.items():
        ElementTree.SubElement(properties, "property", name=name, value=text.one_line(value))


def _facts(suite: SuiteVerdict) -> dict[str, str]:
    # At most eight: some readers count every object of a report against a limit.
    return {
        "verdict": suite.verdict.value,
        "reason": suite.reason,
        "interrupted": str(suite.interrupted).lower(),
        "command": suite.command,
    }


def _totals(tag: str, suite: SuiteVerdict, cases: list[ElementTree.Element]) -> ElementTree.Element:
    failures, errors, skipped = (
        sum(case.find(result) is not None for case in cases) for result in _RESULTS
    )
    return ElementTree.Element(
        tag,
        name=text.one_line(suite.suite),
        tests=str(len(cases)),
        failures=str(failures),
        errors=str(errors),
        skipped=str(skipped),
        time=f"{suite.duration_s:.3f}",
    )


def _case(cell: Cell, beside: Beside) -> ElementTree.Element:
    # A dot would be read as the end of a package's name.
    scenario, arm = (text.one_line(t).replace(".", "_") for t in (cell.scenario, cell.arm))
    case = ElementTree.Element(
        "testcase",
        classname=f"{scenario}.{arm}",
        name=f"{text.one_line(cell.scenario)} seed {cell.seed}",
        time=f"{cell.duration_s or 0:.3f}",
    )
    if file := beside.files.get(cell.name):
        case.set("file", text.one_line(file))
    _properties(case, cases.properties(cell, beside))
    headline, details = cases.headline(cell, beside), cases.details(cell, beside)
    if cell.failed_as_expected:
        _result(case, "skipped", "ExpectedFailure", headline, details)
    elif cell.verdict is Verdict.FAIL:
        _result(case, "failure", "Fail", headline, details)
    elif cell.verdict is Verdict.UNKNOWN:
        _result(case, "error", "Unknown", headline, details)
    elif cell.verdict is Verdict.NOT_RUN and cell.not_run is None:
        _result(case, "error", "NotRun", headline, details)
    elif cell.verdict is Verdict.NOT_RUN:
        _result(case, "skipped", None, headline, [])
    shown = cases.output(cell, beside)
    for exhibit in cases.attachments(cell, beside):
        shown.append(f"[[ATTACHMENT|{cases.attachment_path(cell, exhibit, beside)}]]")
    ElementTree.SubElement(case, "system-out").text = text.clean("\n".join(shown))
    return case


def _whole_suite(suite: SuiteVerdict) -> ElementTree.Element:
    case = ElementTree.Element(
        "testcase", classname=f"{text.one_line(suite.suite)}.suite", name="verdict", time="0.000"
    )
    kind = "Interrupted" if suite.interrupted else "NotRun"
    if suite.verdict in (Verdict.FAIL, Verdict.UNKNOWN):
        kind = suite.verdict.value.capitalize()
    _result(case, "error", kind, words.verdict_sentence(suite), [])
    return case


def _result(
    case: ElementTree.Element, tag: str, kind: str | None, headline: str, details: Sequence[str]
) -> None:
    result = ElementTree.SubElement(case, tag)
    if kind:
        result.set("type", kind)
    result.set("message", headline)
    # Some readers show only the attribute, others only the body.
    result.text = "\n".join([headline, *details])
