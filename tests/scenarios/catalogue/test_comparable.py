"""Experiments that compare nothing are refused before anything runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.core.errors import UsageError
from harness.ledger.experiment import ExperimentPlan
from scenarios.catalogue.comparable import PAGE_FACTORS
from scenarios.catalogue.declare import load_all
from scenarios.catalogue.experiments import Wanted, design, load_experiments
from scenarios.experiments import endings

KNOWN = load_all()
TEXT = """format = 1
[experiments.x]
question = "Which?"
control = "10"
factor = "batch"
arms = { 10 = { batch = "10" }, 20 = { batch = "20" } }
[[experiments.x.parts]]
name = "load"
title = "A few batches"
scenario = "paced_load"
levels = { workload = "steady", sessions = "20", rate = "200", duration = "3" }
metrics = [{ measure = "load_response_p95_ms", title = "response" }]
"""
EXPECTED = """[[experiments.x.expected]]
arm = "20"
part = "load"
measure = "load_response_p95_ms"
says = "slower"
low = 1
"""


def planned(tmp_path: Path, text: str, name: str = "x", **wanted: object) -> ExperimentPlan:
    file = tmp_path / "experiments.toml"
    file.write_text(text)
    definition = load_experiments(file)[name]
    return design(Wanted(name=name, **wanted), definition, KNOWN, command="")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ('batch = "20"', 'bacth = "20"', "there is no factor of paced_load (arm 20) 'bacth'"),
        ('rate = "200"', 'raet = "200"', "there is no factor of paced_load (arm 10) 'raet'"),
        ('workload = "steady", ', "", "part load needs a level of workload"),
        ('batch = "20"', 'batch = "10"', "the arms 10 and 20 are the same in every part"),
        ('batch = "20"', 'batch = "010"', "the arms 10 and 20 are the same in every part"),
        ('batch = "20"', 'batch = "10", label = "b"', "the arms 10 and 20 are the same"),
        ('batch = "20"', 'batch = "10", coding = "identity"', "are the same in every part"),
        ('batch = "20"', 'batch = "10", defect = "No Defect"', "names no defect"),
        ("20 = {", '"a,b" = {', "cannot be the name of an arm"),
        ("20 = {", '"" = {', "cannot be the name of an arm"),
        ("20 = {", '"a\\u001b[31m" = {', "cannot be the name of an arm"),
        ('name = "load"', 'name = ""', "cannot be the name of a part"),
        ('name = "load"', 'name = "a\\nb"', "cannot be the name of a part"),
        ("metrics = [", "metrics = [{ measure = 'load_response_p95_ms', title = 'x' },", "2 times"),
        ("load_response_p95_ms", "load_respnse_p95_ms", "no run has the measure 'load_respnse_p95"),
        ("load_response_p95_ms", "load_respnse_p95_ms", "Did you mean 'load_response_p95_ms'"),
        ('title = "response"', 'title = "response", margin_percent = inf', "margin_percent is inf"),
        ('title = "response"', 'title = "response", margin_percent = nan', "margin_percent is nan"),
    ],
)
def test_a_mistake_is_refused_with_its_name(tmp_path: Path, old: str, new: str, line: str) -> None:
    assert old in TEXT
    with pytest.raises(UsageError) as refused:
        planned(tmp_path, TEXT.replace(old, new))
    assert line in refused.value.line


def test_without_a_part_nothing_is_measured(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="without a part measures nothing"):
        planned(tmp_path, TEXT.partition("[[")[0] + "parts = []\n")


def test_two_parts_have_two_names(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="2 parts have the name load"):
        planned(tmp_path, TEXT + "[[" + TEXT.partition("[[")[2])


def test_the_name_is_part_of_a_directory_s(tmp_path: Path) -> None:
    text = TEXT.replace("experiments.x", 'experiments."../x"')
    with pytest.raises(UsageError, match="cannot be the name of an experiment"):
        planned(tmp_path, text, "../x")


def test_levels_of_the_command_line_are_compared_too(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="the arms 10 and 010 are the same"):
        planned(tmp_path, TEXT, arms=("10", "010"))


def test_labels_of_their_own_make_equal_arms_meant(tmp_path: Path) -> None:
    arms = '{ 10 = { label = "one" }, 20 = { label = "other" } }'
    text = TEXT.replace('{ 10 = { batch = "10" }, 20 = { batch = "20" } }', arms)
    assert len(planned(tmp_path, text).arms) == 2


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ('arm = "20"', 'arm = "77"', "there is no arm 77. There are 10, 20"),
        ("low = 1", 'low = 1\nrelative_to = "77"', "there is no arm 77"),
        ('part = "load"', 'part = "laod"', "there is no part laod. Did you mean 'load'?"),
        ('measure = "load_response_p95_ms"', 'measure = "x"', "part load does not measure it"),
        ("low = 1", "", "it needs low or high"),
        ("low = 1", "low = nan", "it needs low or high"),
        ("low = 1", "low = 3\nhigh = 2", "low not above high"),
    ],
)
def test_what_no_part_measures_or_nothing_meets_is_not_expected(
    tmp_path: Path, old: str, new: str, line: str
) -> None:
    assert planned(tmp_path, TEXT + EXPECTED).hypotheses
    with pytest.raises(UsageError) as refused:
        planned(tmp_path, TEXT + EXPECTED.replace(old, new))
    assert line in refused.value.line


def test_the_factors_of_a_page_are_those_that_it_reads() -> None:
    assert PAGE_FACTORS["random_endings"] == endings._OPTIONS.keys()
