"""The suite as JUnit XML, for CI systems: every planned cell is there, and red stays red."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from xml.etree import ElementTree

from reports.core import text
from reports.pages import words
from reports.verdict.verdict import Cell, SuiteVerdict, Verdict

# A report that carries everything is refused by CI systems; the run directory has the rest.
_MOST_EXAMPLES = 8
_RESULTS = ("failure", "error", "skipped")


def render_junit(
    suite: SuiteVerdict, *, reproduce: Mapping[str, str] | None = None, runs_at: str = ""
) -> str:
    """Return the XML document: a test case for every planned cell, with at most one result.

    ``fail`` is a failure, or skipped with the type ``ExpectedFailure`` if it was foretold (as
    pytest writes what failed as expected); ``unknown`` is an error of type ``Unknown``; a planned
    cell that was never executed is an error of type ``NotRun``; one that could not run here is
    skipped with its reason. A suite that did not pass never reads as green: where no cell says so,
    a last case does. ``reproduce`` holds commands by ``Cell.name``; ``runs_at`` is the suite's
    directory as the reader would type it.
    """
    cases = []
    seen: Counter[tuple[str, str]] = Counter()
    for cell in suite.cells:
        case = _case(cell, (reproduce or {}).get(cell.name, ""), runs_at)
        # Some readers drop the second of two cases with one name.
        key = (case.get("classname", ""), case.get("name", ""))
        seen[key] += 1
        if seen[key] > 1:
            case.set("name", f"{key[1]} #{seen[key]}")
        cases.append(case)
    red = any(case.find(tag) is not None for case in cases for tag in ("failure", "error"))
    if (suite.verdict is not Verdict.PASS or suite.interrupted) and not red:
        cases.append(_whole_suite(suite))
    root = _totals("testsuites", suite, cases)
    part = _totals("testsuite", suite, cases)
    if timestamp := _date_time(suite.started):
        part.set("timestamp", timestamp)
    properties = ElementTree.SubElement(part, "properties")
    for name, value in _properties(suite).items():
        ElementTree.SubElement(properties, "property", name=name, value=text.one_line(value))
    part.extend(cases)
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


def _properties(suite: SuiteVerdict) -> dict[str, str]:
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


def _case(cell: Cell, reproduce: str, runs_at: str) -> ElementTree.Element:
    run = words.join_path(runs_at, cell.run) if cell.run else ""
    details = _details(cell, run, reproduce)
    # A dot would be read as the end of a package's name.
    scenario, arm = (text.one_line(t).replace(".", "_") for t in (cell.scenario, cell.arm))
    case = ElementTree.Element(
        "testcase",
        classname=f"{scenario}.{arm}",
        name=f"{text.one_line(cell.scenario)} seed {cell.seed}",
        time=f"{cell.duration_s or 0:.3f}",
    )
    if cell.failed_as_expected:
        headline = f"failed as expected: {text.one_line(cell.reason)}"
        _result(case, "skipped", "ExpectedFailure", headline, details)
    elif cell.verdict is Verdict.FAIL:
        _result(case, "failure", "Fail", text.one_line(cell.reason), details)
    elif cell.verdict is Verdict.UNKNOWN:
        _result(case, "error", "Unknown", text.one_line(cell.reason), details)
    elif cell.verdict is Verdict.NOT_RUN and cell.not_run is None:
        _result(case, "error", "NotRun", words.not_run_reason(cell), details)
    elif cell.verdict is Verdict.NOT_RUN:
        _result(case, "skipped", None, words.not_run_reason(cell), [])
    output = ElementTree.SubElement(case, "system-out")
    output.text = "\n".join(_output(cell, run))
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
    case: ElementTree.Element, tag: str, kind: str | None, headline: str, details: list[str]
) -> None:
    result = ElementTree.SubElement(case, tag)
    if kind:
        result.set("type", kind)
    result.set("message", headline)
    # Some readers show only the attribute, others only the body.
    result.text = "\n".join([headline, *details])


def _details(cell: Cell, run: str, reproduce: str) -> list[str]:
    lines = []
    for finding in cell.findings:
        if finding.verdict is Verdict.PASS:
            continue
        summary = text.one_line(finding.summary)
        lines.append(f"{words.GLYPHS[finding.verdict]} {text.one_line(finding.check)}: {summary}")
        for example in finding.examples[:_MOST_EXAMPLES]:
            shown = words.explain_command(run, example) if run else text.one_line(example)
            lines.append(f"    {shown}")
    if cell.expected:
        lines.append(f"expected: {text.one_line(cell.expected)}")
    if reproduce:
        lines.append(f"reproduce: {text.one_line(reproduce)}")
    return lines


def _output(cell: Cell, run: str) -> list[str]:
    lines = [f"run: {run}" if run else "no run"]
    lines += [f"news: {cell.news}"] if cell.news else []
    lines += [f"{fate}: {n}" for fate, n, _ in words.fate_rows(cell.fates)]
    return [text.one_line(line) for line in lines]
