"""The command line of experiments: plans, refusals, and one from its start to its page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.cli.commands import experiment
from harness.cli.options.target import Caps
from harness.compose.experiments.alone import alone_on
from harness.core.errors import ExitCode
from harness.ledger.experiment import read_experiment
from scenarios.catalogue.experiments import load_experiments
from tests.harness.cli.shell import harness, harness_here, one_clear_line
from tests.reports.experiment_builder import Written, one_figure
from tests.reports.stored_experiments import plan_of, store

SMALL = """
format = 1

[experiments.small]
question = "Does anything come out of it?"
control = "10"
factor = "batch"
arms = { 10 = { batch = "10" }, 20 = { batch = "20" } }
blocks = 1

[[experiments.small.parts]]
name = "load"
title = "A few batches"
scenario = "paced_load"
levels = { workload = "steady", sessions = "20", rate = "200", duration = "3" }
metrics = [
    { measure = "requests_per_1000_impressions", title = "requests per 1,000 impressions" },
    { measure = "load_response_p95_ms", title = "response, p95" },
]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "experiments.toml"
    file.write_text(SMALL)
    return file


def test_all_are_listed_with_their_questions_and_how_long_they_take() -> None:
    done = harness_here("experiment", "list")
    assert done.returncode == 0, done.stderr
    for name, one in load_experiments().items():
        assert f"{name}: {one.question}" in done.stdout
    assert "blocks of about" in done.stdout
    assert "look 1 after 11 blocks, look 2 after 22 blocks" in done.stdout


def test_a_dry_run_shows_the_order_of_every_block_and_runs_nothing(tmp_path: Path) -> None:
    done = harness_here(
        "experiment", "batch-size", "--blocks", "4", "--dry-run", "--out", str(tmp_path / "out")
    )
    assert done.returncode == 0, done.stderr
    orders = [
        line.split(": ")[1].split(", ") for line in done.stdout.splitlines() if "    block" in line
    ]
    assert [sorted(order) for order in orders] == [["100", "200", "50", "500"]] * 4
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["sizes"], "there is no experiment 'sizes'"),
        ([], "harness experiment list"),
        (["batch-size", "--arms", "100"], "the control 200 is not among the arms 100"),
        (["batch-size", "--budget", "0.1"], "none fits"),
        (["batch-size", "--blocks", "1", "--blocks", "2"], "--blocks is given 2 times"),
        (["batch-size", "--margin", "0"], "--margin"),
        (["batch-size", "--margin", "nan", "--dry-run"], "nan is not a finite number"),
        (["batch-size", "--budget", "nan", "--dry-run"], "nan is not a finite number"),
        (["batch-size", "--budget", "inf", "--dry-run"], "inf is not a finite number"),
        (["batch-size", "--arms", ",", "--dry-run"], "--arms names no arm"),
        (["batch-size", "--resume", "x"], "keeps its design"),
        (["--blocks", "3"], "no experiment is named"),
    ],
)
def test_what_cannot_be_run_is_refused_before_anything_starts(
    arguments: list[str], words: str, tmp_path: Path
) -> None:
    done = harness_here("experiment", *arguments)
    assert done.returncode == 2
    assert words in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


REMOTE = """
format = 1
base_url = "http://192.0.2.1"
[batch]
path = "/views"
body = { ids = "{ids}" }
[truth.http]
path = "/all"
"""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--arms", "50,100"], "192.0.2.1 is another machine"),
        (["--arms", "50,100", "--i-own-this-target", "192.0.2.1"], "requests a second to another"),
        (["--arms", "50,500"], "takes 200 ids a request, no batches of 500"),
        (["--arms", "50,100", "--part", "crash-durable"], "random_endings cannot run here"),
    ],
)
def test_a_described_target_is_looked_at_before_an_experiment_waits_for_its_turn(
    arguments: list[str], words: str, tmp_path: Path
) -> None:
    target = tmp_path / "shop.toml"
    target.write_text(REMOTE)
    asked = ["--control", "50", "--target", str(target), "--out", str(tmp_path / "runs")]
    asked += [] if "--part" in arguments else ["--part", "load"]
    own = {"XDG_CACHE_HOME": str(tmp_path)}
    with alone_on(tmp_path / "impression-harness", tmp_path / "another"):
        done = harness_here("experiment", "batch-size", *arguments, *asked, **own)
    assert done.returncode in (2, 4)
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.glob("runs/*experiment*"))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("load_response_p95_ms", "load_respose_p95_ms", "Did you mean 'load_response_p95_ms'"),
        ('20 = { batch = "20" }', '20 = { improvement = "covering" }', "has no improvement"),
        ('control = "10"', 'control = "11"', "the control 11 is not among the arms"),
        ('scenario = "paced_load"', 'scenario = "pacd_load"', "Did you mean 'paced_load'"),
    ],
)
def test_a_mistake_in_any_experiment_of_a_file_is_found_before_one_runs(
    old: str, new: str, words: str, file: Path
) -> None:
    other = SMALL.replace("small", "other").replace("format = 1", "")
    assert old in other
    file.write_text(SMALL + other.replace(old, new))
    done = harness_here("experiment", "small", "--experiments", str(file), "--dry-run")
    assert done.returncode == 2
    line = one_clear_line(done)
    assert "experiment other: " in line or "improvement" in words
    assert words in line


def test_a_dry_run_says_which_part_is_too_rare_to_decide(file: Path) -> None:
    done = harness_here("experiment", "small", "--experiments", str(file), "--dry-run")
    assert "1 block of about" in done.stdout
    assert "look 1 after 1 block\n" in done.stdout
    assert "load has 1 block at the last look, too few for better or worse" in done.stdout


def test_what_is_no_experiment_cannot_be_resumed(tmp_path: Path) -> None:
    done = harness_here("experiment", "--resume", str(tmp_path))
    assert done.returncode == 2
    assert "experiment.json" in one_clear_line(done)


@pytest.mark.slow
@pytest.mark.stack
def test_one_runs_is_shown_resumed_and_judged_again(file: Path, tmp_path: Path) -> None:
    out = tmp_path / "runs"
    own = {"XDG_CACHE_HOME": str(tmp_path / "cache")}  # others may test experiments beside us
    done = harness(
        "experiment", "small", "--experiments", str(file), "--out", str(out), "--json", **own
    )
    assert done.returncode == 3, done.stderr  # one block decides nothing
    result = json.loads(done.stdout)
    directory = out / "latest"
    assert result == json.loads((directory / "result.json").read_text())
    assert read_experiment(directory).blocks == 1
    found = {one["measure"]: one for one in result["comparisons"]}
    requests = found["requests_per_1000_impressions"]
    assert (requests["control_value"], requests["arm_value"]) == pytest.approx((100, 50), rel=0.05)
    assert [loss["lost"] for loss in result["losses"]] == [0, 0]
    assert (directory / "experiment.html").exists()
    again = harness_here("report", str(directory))
    assert again.returncode == 3
    assert "20" in again.stdout
    resumed = harness_here("experiment", "--resume", str(directory), **own)
    assert resumed.returncode == 3  # there is no block left to run
    assert "block 1 of 1" not in resumed.stderr


@pytest.mark.parametrize(
    ("written", "interrupted", "code"),
    [
        (one_figure(0.5), False, ExitCode.PASS),
        (one_figure(0.5), True, ExitCode.INTERRUPTED),
        (one_figure(1.0, noise=0.3), False, ExitCode.UNDECIDED),
        (one_figure(0.5, lost={"new": 5}), False, ExitCode.FAIL),
        (one_figure(0.5, failed={(2, "new"): ("nothing_twice",)}), False, ExitCode.FAIL),
        (one_figure(0.5, failed={(2, "old"): ("nothing_twice",)}), False, ExitCode.FAIL),
        (one_figure(1.0, noise=0.3, failed={(2, "new"): ("x",)}), False, ExitCode.FAIL),
        (one_figure(0.5, failed={(2, "new"): ("x",)}, gates=False), False, ExitCode.PASS),
        (one_figure(0.5, unknown={(2, "new"): "late"}), False, ExitCode.PASS),
        (one_figure(0.5, unknown={(n, "new"): "late" for n in (1, 2, 3)}), False, 3),
        (one_figure(0.5, unknown={(n, "old"): "late" for n in range(1, 12)}), False, 3),
    ],
)
def test_the_exit_code_says_what_it_comes_to(
    written: Written, interrupted: bool, code: int, tmp_path: Path
) -> None:
    result = written.result(tmp_path)
    assert experiment._exit_code(result, interrupted=interrupted) == code


PLANTED = SMALL.replace(
    '20 = { batch = "20" }', 'twice = { batch = "10", defect = "one_in_ten_twice" }'
)


@pytest.mark.slow
@pytest.mark.slowest
@pytest.mark.stack
def test_an_arm_that_fails_without_a_loss_is_no_winner(file: Path, tmp_path: Path) -> None:
    file.write_text(PLANTED)
    own = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    out = str(tmp_path / "runs")
    done = harness("experiment", "small", "--experiments", str(file), "--out", out, "--json", **own)
    assert done.returncode == ExitCode.FAIL, done.stderr
    result = json.loads(done.stdout)
    assert result["sentence"] == (
        "twice fails attempts_processed_once in 1 of 1 block: it is no winner, however fast"
    )
    assert [loss["lost"] + loss["false"] for loss in result["losses"]] == [0, 0]
    assert (result["no_winners"], result["decided"]) == (["twice"], True)


def test_what_is_complete_is_judged_anew_before_one_is_resumed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = store(tmp_path / "x", plan_of(blocks=1), {"a": [1], "b": [10]})
    seen: list[object] = []
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(experiment, "read_blocks", lambda *at, again: seen.append((*at, again)))
    monkeypatch.setattr(experiment, "_run", lambda *_, **__: seen.append("run"))
    experiment._go_on(tmp_path / "x", None, "", Caps(1, 1), dry_run=False, as_json=False)
    assert seen == [(tmp_path / "x", plan, True), "run"]
