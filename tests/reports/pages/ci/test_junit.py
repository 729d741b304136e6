"""JUnit XML, read back with somebody else's reader."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest
from junitparser import Error, Failure, JUnitXml, Skipped, TestCase
from msgspec.structs import replace

from reports.pages.attachments import Exhibit
from reports.pages.ci.cases import Beside
from reports.pages.ci.junit import render_junit
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


def cases(suite: SuiteVerdict, **beside: Any) -> list[TestCase]:
    read = JUnitXml.fromstring(render_junit(suite, Beside(**beside)).encode())
    return [case for part in read for case in part]


def only_result(case: TestCase) -> object:
    assert len(case.result) <= 1
    return case.result[0] if case.result else None


def test_every_planned_cell_is_a_case_with_its_own_kind_of_result() -> None:
    suite = suite_of(passing(), failing(), undecided(), missing(), unsupported(), never_executed())
    results = [only_result(c) for c in cases(suite)]
    kinds = [type(r) for r in results]
    assert kinds == [type(None), Failure, Error, Skipped, Skipped, Error]
    assert results[1].type == "Fail"  # type: ignore[union-attr]
    assert results[2].type == "Unknown"  # type: ignore[union-attr]
    assert results[5].type == "NotRun"  # type: ignore[union-attr]


def test_an_expected_failure_is_skipped_as_pytest_does_and_never_a_failure() -> None:
    suite = suite_of(passing(), expected_failure())
    result = only_result(cases(suite)[1])
    assert isinstance(result, Skipped)
    assert result.type == "ExpectedFailure"
    assert result.message.startswith("failed as expected: nothing_lost: 3 of 40 shown")
    assert "expected: 5 to 10 % of what is shown" in result.text
    assert len(cases(suite)) == 2


def test_only_expected_failures_are_never_green() -> None:
    last = cases(suite_of(expected_failure()))[-1]
    assert isinstance(only_result(last), Error)
    assert "nothing is proven" in last.result[0].message


def test_the_totals_are_those_of_the_cases() -> None:
    root = ElementTree.fromstring(render_junit(every_kind()))
    for element in (root, root[0]):
        totals = {k: element.get(k) for k in ("tests", "failures", "errors", "skipped")}
        assert totals == {"tests": "6", "failures": "1", "errors": "1", "skipped": "2"}


def test_the_headline_stands_in_the_attribute_and_on_the_first_line() -> None:
    for case in cases(every_kind()):
        result = only_result(case)
        if result is not None:
            assert result.message  # type: ignore[attr-defined]
            assert result.text.splitlines()[0] == result.message  # type: ignore[attr-defined]


SEE = "harness explain runs/s/short-outage/20261122T190613-7 visitor-0001/artwork-0021"


def test_the_first_line_of_a_failure_names_the_command_that_shows_it() -> None:
    result = cases(suite_of(failing()), runs_at="runs/s")[0].result[0]
    assert result.message == (
        f"3 of 40 impressions were acknowledged and have no row | see it: {SEE}"
    )


def test_where_no_impression_is_named_the_run_s_own_page_shows_it() -> None:
    result = cases(suite_of(undecided()), runs_at="runs/s")[0].result[0]
    assert result.message.endswith("| see it: harness report runs/s/steady-load/20261122T190702-7")


def test_what_left_no_run_is_shown_by_running_it() -> None:
    lost = replace(undecided(), run=None)
    result = cases(suite_of(lost), reproduce={lost.name: "harness run x"})[0].result[0]
    assert result.message.endswith("| see it: harness run x")


def test_a_case_has_the_scenario_s_file_and_few_properties() -> None:
    cell = failing()
    written = render_junit(
        suite_of(cell), Beside(runs_at="runs/s", files={cell.name: "scenarios/test_first.py"})
    )
    case = next(ElementTree.fromstring(written).iter("testcase"))
    assert case.get("file") == "scenarios/test_first.py"
    facts = {p.get("name"): p.get("value") for p in case.iter("property")}
    assert facts == {
        "verdict": "fail",
        "seed": "7",
        "checks": "nothing_lost, flush_success",
        "run": "runs/s/short-outage/20261122T190613-7",
    }


def test_files_of_evidence_end_the_output_pictures_first() -> None:
    cell = failing()
    files = (
        Exhibit(name="console.txt", href="", size="1 kB", what=""),
        Exhibit(name="a|b.png", href="", size="1 kB", what="", is_picture=True),
        Exhibit(name="tab 1.png", href="", size="1 kB", what="", is_picture=True),
        Exhibit(name="…", href="", size="", what="and 3 more"),
    )
    case = cases(suite_of(cell), runs_at="runs/s", exhibits={cell.name: files})[0]
    at = "runs/s/short-outage/20261122T190613-7/evidence"
    assert (case.system_out or "").splitlines()[-2:] == [
        f"[[ATTACHMENT|{at}/tab 1.png]]",
        f"[[ATTACHMENT|{at}/console.txt]]",
    ]


def test_two_thousand_cells_stay_below_what_gitlab_refuses() -> None:
    many = [replace(failing(), seed=seed) for seed in range(2000)]
    written = render_junit(suite_of(*many), Beside(runs_at="runs/s"))
    elements = list(ElementTree.fromstring(written).iter())
    objects = len(elements) + sum(len(element.attrib) for element in elements)
    assert len(written.encode()) < 30_000_000
    assert objects < 250_000
    assert sum(element.tag == "failure" for element in elements) == 2000


def test_a_failure_tells_what_where_and_how_to_see_it() -> None:
    suite = suite_of(failing())
    case = cases(suite, reproduce={failing().name: "harness run x"}, runs_at="runs/s")[0]
    text = case.result[0].text
    assert "✗ nothing_lost: 3 of 40 impressions were acknowledged" in text
    assert "harness explain runs/s/short-outage/20261122T190613-7 visitor-0001/artwork-0021" in text
    assert text.endswith("reproduce: harness run x")
    assert "nothing_twice" not in text
    assert "lost_acked: 3" in (case.system_out or "")


def test_a_skip_has_its_reason_and_the_fix() -> None:
    case = cases(suite_of(passing(), missing()))[1]
    assert case.result[0].message == (
        "a part is missing: Toxiproxy is not installed; fix: harness setup toxiproxy"
    )


def test_the_arm_is_in_the_class_name_and_names_are_unique() -> None:
    twins = cases(suite_of(passing(), passing(), passing(arm="browser=firefox,delay_s=0.5")))
    names = [(c.classname, c.name) for c in twins]
    assert len(set(names)) == 3
    assert names[2][0] == "first-visit.browser=firefox,delay_s=0_5"


@pytest.mark.parametrize(
    "suite",
    [
        suite_of(),
        suite_of(missing(), unsupported()),
        suite_of(passing(), interrupted=True),
    ],
    ids=["no cell", "nothing ran", "interrupted"],
)
def test_what_did_not_pass_is_never_green(suite: SuiteVerdict) -> None:
    last = cases(suite)[-1]
    assert isinstance(only_result(last), Error)
    assert last.name == "verdict"
    assert suite.reason in last.result[0].message


def test_a_suite_that_passed_has_no_extra_case() -> None:
    assert len(cases(suite_of(passing(), missing()))) == 2


def test_one_system_out_for_each_case() -> None:
    root = ElementTree.fromstring(render_junit(every_kind()))
    assert [len(c.findall("system-out")) for c in root.iter("testcase")] == [1] * 6


def test_any_text_leaves_the_document_whole() -> None:
    cell = passing(scenario=HOSTILE, arm=HOSTILE, run=HOSTILE + "\ud800", fates={HOSTILE: 1})
    suite = suite_of(cell, command=HOSTILE, suite=HOSTILE)
    written = render_junit(suite)
    assert "\x1b" not in written
    assert "\x00" not in written
    assert "<script>alert(1)</script>" in cases(suite)[0].name


@pytest.mark.parametrize(
    ("started", "timestamp"),
    [
        ("20261129T163200Z", "2026-11-29T16:32:00"),
        ("2026-11-22T19:06:13Z", "2026-11-22T19:06:13"),
        ("2026-11-22T19:06:13+02:00", "2026-11-22T17:06:13"),
        ("x", None),
        ("", None),
    ],
)
def test_the_timestamp_is_a_date_and_time_of_xml_schema(
    started: str, timestamp: str | None
) -> None:
    suite = ElementTree.fromstring(render_junit(suite_of(passing(), started=started)))
    assert suite[0].get("timestamp") == timestamp
