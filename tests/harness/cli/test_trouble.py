"""Bad input and missing parts: one clear line, what to do about it, the right exit code."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from harness.core.errors import ExitCode
from scenarios.catalogue.declare import load_all
from tests.harness.cli.shell import harness, harness_here, one_clear_line
from tests.reports.histories import lost_acked
from tests.reports.ledgers import healthy

CHROMIUM = ("first_visit", "--browser", "chromium")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["run", "first_vist"], "Did you mean 'first_visit'"),
        (["run", "--suite", "smok"], "Did you mean 'smoke'?"),
        (["rum"], "there is no command 'rum'. Did you mean 'run'?"),
        (["run", "--shard", "3/2"], "--shard 3/2 is no part of a suite"),
        (["run", "first_visit", "--grep", "zz"], "--grep zz fits none of"),
        (["run", "--resume", "/"], "--resume / is no suite"),
        (["merge", "/"], "/ is no shard of a suite"),
        (["profile", "/"], "is neither a run nor a suite directory"),
        (["list", "ofline"], "Did you mean 'offline'"),
        (["run", "first_visit", "--browser", "lynx"], "there is no browser 'lynx'"),
        (["run", "first_visit", "--browser", "cdp+http://"], "names no remote browser"),
        (["run", "first_visit", "--connect", "mac"], "no name of the target file's [browsers]"),
        (["run", "first_visit", "--connect", "webdriver+http://mac#opera"], "which browser?"),
        (["run", "first_visit", "--bind", "127.0.0.1"], "browsers that run elsewhere"),
        (
            ["run", "first_visit", "--connect", "cdp+http://x:9222", "--bind", "192.0.2.255"],
            "no address of this machine",
        ),
        (["run", "first_visit", "--suite", "smoke"], "not both"),
        (["run", "--target", "/no/such.toml"], "cannot read the target file /no/such.toml"),
        (["report", "/"], "is neither a run nor a suite directory"),
        (["explain", "/", "art"], "is neither a run nor a suite directory"),
        (["setup", "--only", "lynx"], "no such part: lynx"),
        (["walk", "--browser", "lynx"], "there is no browser 'lynx'"),
        (["walk", "--steps", "/no/walk.json"], "/no/walk.json does not exist"),
    ],
)
def test_a_usage_error_names_the_mistake_and_the_way_out(arguments: list[str], says: str) -> None:
    done = harness_here(*arguments)
    assert done.returncode == ExitCode.USAGE, done.stderr
    assert says in one_clear_line(done)


@pytest.mark.slow
def test_an_unknown_option_is_a_usage_error() -> None:
    done = harness("run", "--sead", "3")
    assert done.returncode == ExitCode.USAGE
    assert "--seed" in done.stderr


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("format = 1\n[server\n", "is not TOML"),
        ("format = 1\nserver = 3\n", "[server] must be a table"),
        ("format = 1\n[server]\nmodul = 'x'\n", "[server] has unknown key modul"),
        ("format = 7\n", "format is 7, expected 1"),
        (
            "format = 1\n[browsers]\nmac = 4444\n",
            "mac is 4444, it must be text in quotes",
        ),
        ("format = 1\n[browsers]\nmac = 'http://mac'\n", "names no remote browser"),
        ("format = 1\n[browsers]\nfirefox = 'cdp+http://mac'\n", "has a browser of that name"),
        ("format = 1\n[database]\ntable = 'a; DROP'\n", "not a plain SQL identifier"),
    ],
)
def test_a_target_file_that_cannot_be_read(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "target.toml"
    file.write_text(text)
    done = harness_here("run", "--target", str(file))
    assert done.returncode == ExitCode.USAGE, done.stderr
    assert says in one_clear_line(done)


def test_an_unreachable_database_stops_before_anything_starts(tmp_path: Path) -> None:
    url = "postgresql://ann:hunter2@127.0.0.1:1/db"
    done = harness_here("run", "--database", url, "--out", str(tmp_path / "out"))
    assert done.returncode == ExitCode.HARNESS
    line = one_clear_line(done)
    assert "cannot use the database host=127.0.0.1 port=1 dbname=db user=ann: " in line
    assert "hunter2" not in done.stderr + done.stdout
    assert not (tmp_path / "out").exists()


def test_a_missing_browser_is_not_run_with_the_command_that_brings_it(tmp_path: Path) -> None:
    arguments = ["run", *CHROMIUM, "--out", str(tmp_path), "--json"]
    done = harness_here(*arguments, HARNESS_CHROMIUM="/no/such/browser")
    assert done.returncode == ExitCode.NOTHING_RAN, done.stderr
    [cell] = json.loads(done.stdout)["cells"]
    assert cell["verdict"] == "not run"
    assert cell["not_run"] == "missing"
    assert cell["fix"] == "harness setup --only chromium"


def test_require_all_makes_a_missing_part_an_error(tmp_path: Path) -> None:
    arguments = ["run", *CHROMIUM, "--out", str(tmp_path), "--require-all"]
    done = harness_here(*arguments, HARNESS_CHROMIUM="/no/such/browser")
    assert done.returncode == ExitCode.HARNESS
    assert "harness setup --only chromium" in one_clear_line(done)


@pytest.mark.stack
def test_a_server_that_dies_at_start_is_unknown_with_its_last_words(tmp_path: Path) -> None:
    target = tmp_path / "target.toml"
    target.write_text('format = 1\n[server]\nmodule = "dies_at_start"\n')
    (tmp_path / "dies_at_start.py").write_text("import no_such_library\n")
    arguments = ["run", "steady_load", "--out", str(tmp_path / "out"), "--json"]
    done = harness(*arguments, "--target", str(target), PYTHONPATH=str(tmp_path))
    assert done.returncode == ExitCode.UNDECIDED, done.stderr
    [cell] = json.loads(done.stdout)["cells"]
    assert "the ingest server ended at once" in cell["reason"]
    assert "No module named" in cell["reason"]


@pytest.mark.parametrize("command", [["run", "steady_load"], ["up"], ["walk"], ["device"]])
def test_a_target_that_cannot_work_is_a_usage_error_before_the_start(
    command: list[str], tmp_path: Path
) -> None:
    target = tmp_path / "target.toml"
    target.write_text('format = 1\n[server]\nmodule = "no.such.server"\n')
    done = harness_here(*command, "--target", str(target))
    assert done.returncode == ExitCode.USAGE, done.stderr
    line = one_clear_line(done)
    assert f"{target}:3: [server] module cannot be run: there is no such module" in line
    assert "PYTHONPATH" in line
    assert "no.such.server" not in line  # a mistake may hold what must not be shown


@pytest.mark.parametrize("display", ["", ":7654321"])
def test_a_window_without_a_display_is_a_usage_error(display: str, tmp_path: Path) -> None:
    arguments = ["run", *CHROMIUM, "--headed", "--out", str(tmp_path / "out")]
    done = harness_here(*arguments, DISPLAY=display, WAYLAND_DISPLAY="")
    assert done.returncode == ExitCode.USAGE, done.stderr
    assert "--headed needs a display" in one_clear_line(done)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "command",
    [
        ["up", "--port", "{port}"],
        ["device", "--port", "{port}"],
        ["device", "--bind", "127.0.0.1", "--port", "{port}"],
        ["run", "load", "--master", "127.0.0.1:{port}", "--expect-workers", "2"],
    ],
    ids=" ".join,
)
def test_a_taken_port_is_refused_at_once(command: list[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = harness_here(*(word.format(port=port) for word in command))
    assert done.returncode == ExitCode.USAGE
    assert f"port {port} of 127.0.0.1 is taken" in one_clear_line(done)


def test_a_place_that_cannot_be_written() -> None:
    done = harness_here("run", "--out", "/proc/no/such/place")
    assert done.returncode == ExitCode.HARNESS
    assert "--out" in one_clear_line(done)


@pytest.mark.stack
@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")
def test_a_full_disk_keeps_what_was_measured_and_says_so(tmp_path: Path) -> None:
    """A disk of 400 kB: the stack's logs fit, the ledger of a load does not."""
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode != 0:
        pytest.skip(f"cannot mount a small disk here: {mounted.stderr.strip()}")
    try:
        done = harness("run", "steady_load", "--out", str(tmp_path))
        assert done.returncode == ExitCode.HARNESS, done.stdout + done.stderr
        assert "No space left on device" in one_clear_line(done)
        [run_file] = tmp_path.glob("latest/cells/*/*/*/run.json")
        shutil.copytree(run_file.parent, tmp_path.parent / "copy")
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)
    again = harness_here("report", str(tmp_path.parent / "copy"))
    assert again.returncode == ExitCode.UNDECIDED, again.stderr


def test_a_stored_run_is_judged_again_from_its_directory_alone(tmp_path: Path) -> None:
    ledger = lost_acked()
    ledger.checks = [{"name": "nothing_lost", "parameters": {}}]
    done = harness_here("report", str(ledger.write(tmp_path)))
    assert done.returncode == ExitCode.FAIL, done.stderr
    for name in ("verdict.json", "junit.xml", "ctrf.json", "summary.md", "report.html"):
        assert (tmp_path / name).stat().st_size > 0


def test_a_truncated_ledger_is_undecided_not_a_crash(tmp_path: Path) -> None:
    ledger = healthy()
    ledger.checks = [{"name": "nothing_lost", "parameters": {}}]
    viewer = ledger.write(tmp_path) / "viewer.arrows"
    viewer.write_bytes(viewer.read_bytes()[:-200])
    done = harness_here("report", str(tmp_path), "--json")
    assert done.returncode == ExitCode.UNDECIDED, done.stderr
    assert "viewer.arrows" in json.loads(done.stdout)["cells"][0]["reason"]


def test_explain_tells_one_impressions_story(tmp_path: Path) -> None:
    done = harness_here("explain", str(healthy().write(tmp_path)), "ann/b")
    assert done.returncode == ExitCode.PASS, done.stderr
    story = done.stdout.splitlines()
    assert story[0] == "ann/b: recorded_once"
    witnesses = [line.split()[2] for line in story[2:]]
    assert witnesses == ["viewer", "viewer", "server", "server", "client", "client", "database",
                         "database"]  # fmt: skip


def test_help_ends_with_the_table_of_exit_codes() -> None:
    done = harness_here("--help")
    assert done.returncode == ExitCode.PASS
    for code in ExitCode:
        assert f"{code.value:>3}  {code.meaning}" in done.stdout


def test_the_machine_readable_list_names_every_arm() -> None:
    done = harness_here("list", "--json")
    cells = json.loads(done.stdout)["cells"]
    assert {cell["scenario"] for cell in cells} == set(load_all())
    assert all(cell["question"].endswith("?") for cell in cells)


def test_the_machine_readable_doctor_names_every_part() -> None:
    parts = json.loads(harness_here("doctor", "--json").stdout)["parts"]
    missing = [part for part in parts if part["state"] == "missing"]
    assert {"postgresql", "toxiproxy", "chromium"} <= {part["name"] for part in parts}
    assert all(part["fix"] for part in missing)
