"""Targets as data: what the file says becomes checks, and what it must not say is one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.core.errors import UsageError
from harness.ledger.rundir import CheckSpec
from harness.target.target import load_target
from reports.checks import CHECKS
from scenarios.catalogue.declare import check
from scenarios.catalogue.targets import METRICS, judged_by, load_targets, target_check

GOOD = 'format = 1\n[targets.speed]\nmetric = "response_p95_ms"\nbelow = 80\n'


def written(directory: Path, text: str) -> Path:
    path = directory / "targets.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_ours_are_the_roadmaps() -> None:
    found = {line.metric: dict(line.check.parameters) for line in load_targets()}
    assert found["response_p95_ms"] == {"limit_ms": 100}
    assert found["flush_success_percent"] == {"minimum": 0.995}
    assert found["database_cpu_percent"] == {"limit_percent": 60}
    assert found["page_memory_percent_per_1000_impressions"] == {"limit_percent": 5}
    assert found["server_memory_bytes_per_impression"] == {"limit_bytes": 10}


@pytest.mark.parametrize("name", sorted(METRICS))
def test_every_metric_is_judged_by_a_check_with_that_parameter(name: str) -> None:
    metric = METRICS[name]
    assert {metric.parameter, *metric.windows} <= set(CHECKS[metric.check].parameters)


def test_windows_are_handed_on(tmp_path: Path) -> None:
    (line,) = load_targets(written(tmp_path, GOOD + "exclude_first_s = 20\nfor_s = 30\n"))
    assert line.check == CheckSpec(
        name="latency_p95", parameters={"limit_ms": 80, "exclude_first_s": 20, "for_s": 30}
    )


BAD = [
    ("format = 2\n", "format is 2, expected 1"),
    ("format = 1\n", "there is no [targets.…] table"),
    ("format = 1\n[speed]\n", "unknown key speed"),
    ("format = 1\ntargets = 3\n", "[targets] must be a table"),
    ("format = 1\n[targets]\nspeed = 3\n", "[targets.speed] must be a table"),
    (GOOD.replace("response_p95_ms", "speed"), "[targets.speed] has unknown metric 'speed'"),
    (GOOD.replace("below", "above"), "response_p95_ms is limited by one 'below'"),
    (GOOD + "above = 3\n", "response_p95_ms is limited by one 'below'"),
    (GOOD.replace("80", '"fast"'), "below is 'fast', it must be a number above 0"),
    (GOOD.replace("80", "0"), "below is 0, it must be a number above 0"),
    (GOOD.replace("80", "nan"), "it must be a number above 0"),
    (GOOD.replace("80", "true"), "it must be a number above 0"),
    (GOOD + "for_s = 5\n", "for_s is 5, it must be a number of 10 s or more"),
    (GOOD + "exclude_first_s = -1\n", "exclude_first_s is -1, it must be a number of 0 s or more"),
    (GOOD + "last_s = 5\n", "has unknown key last_s"),
    (GOOD + GOOD.split("\n", 1)[1].replace("speed", "again"), "both judge response_p95_ms"),
    (
        'format = 1\n[targets.x]\nmetric = "new_row_percent"\nabove = 90\nfor_s = 30\n',
        "new_row_percent has no for_s",
    ),
    (
        'format = 1\n[targets.x]\nmetric = "flush_success_percent"\nabove = 995\n',
        "above 995 is more than 100 %",
    ),
    ("format = \n", "is not TOML"),
]


@pytest.mark.parametrize(("text", "words"), BAD)
def test_a_mistake_is_one_line_that_names_the_file(tmp_path: Path, text: str, words: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(UsageError) as caught:
        load_targets(path)
    assert str(path) in caught.value.line
    assert words in caught.value.line
    assert "\n" not in caught.value.line


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read the targets file"):
        load_targets(tmp_path / "none.toml")


def test_a_metric_without_a_target_is_an_error(tmp_path: Path) -> None:
    lines = load_targets(written(tmp_path, GOOD))
    assert target_check("response_p95_ms", lines).parameters == {"limit_ms": 80}
    with pytest.raises(UsageError, match="no target judges database_cpu_percent"):
        target_check("database_cpu_percent", lines)


def test_anothers_targets_replace_ours_and_come_on_top(tmp_path: Path) -> None:
    text = GOOD + '[targets.cpu]\nmetric = "database_cpu_percent"\nbelow = 40\n'
    text += '[targets.page]\nmetric = "page_memory_percent_per_1000_impressions"\nbelow = 3\n'
    own = (check("nothing_lost"), check("latency_p95", limit_ms=100, for_s=30))
    assert judged_by(own, load_targets(written(tmp_path, text))) == (
        check("nothing_lost"),
        check("latency_p95", limit_ms=80),
        check("database_cpu", limit_percent=40),
    )


def test_what_a_cell_says_beside_the_limit_still_holds(tmp_path: Path) -> None:
    text = 'format = 1\n[targets.o]\nmetric = "offered_percent"\nabove = 99\n'
    text += '[targets.k]\nmetric = "sustained_impressions_per_s"\nabove = 900\n'
    own = (check("offered_rate", slots=50), check("sustains", limit_ms=50, at_least=9))
    assert judged_by(own, load_targets(written(tmp_path, text))) == (
        check("offered_rate", slots=50, minimum=0.99),
        check("sustains", limit_ms=50, at_least=900),
    )


def test_a_target_file_names_its_targets_beside_itself(tmp_path: Path) -> None:
    target = tmp_path / "target.toml"
    target.write_text('format = 1\ntargets = "mine.toml"\n', encoding="utf-8")
    assert load_target(target).targets == str(tmp_path / "mine.toml")
    target.write_text("format = 1\ntargets = 3\n", encoding="utf-8")
    with pytest.raises(UsageError, match="targets is 3, it must be text in quotes"):
        load_target(target)
