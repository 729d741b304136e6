"""No process and no directory outlives the harness, however it ends."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil
import pytest

from harness.core.errors import MissingPart
from harness.core.wait import block_until
from harness.process.processes import Processes
from harness.process.supervisor import TAG_VARIABLE, tagged_processes
from harness.process.tags import owner_is_alive, owner_tag, sweep_leftovers

# A child, one in its group, and one that left the group and its parent: all must go.
_FAMILY = "sleep 600 & setsid sh -c 'sleep 600 & exec sleep 600' & exec sleep 600"


def family_of(tag: str) -> list[psutil.Process]:
    return tagged_processes(tag)


def test_leaving_ends_the_whole_family_and_removes_scratch(tmp_path: Path) -> None:
    with Processes() as processes:
        scratch = processes.scratch("test")
        processes.spawn("family", ["sh", "-c", _FAMILY], log=tmp_path / "log")
        block_until("the family is complete", lambda: len(family_of(processes.tag)) >= 4,
                    timeout_s=60)  # fmt: skip
    assert family_of(processes.tag) == []
    assert not scratch.exists()


@pytest.mark.parametrize("death", [signal.SIGKILL, signal.SIGTERM])
def test_a_dead_harness_leaves_nothing(tmp_path: Path, death: signal.Signals) -> None:
    program = (
        "import sys, signal\n"
        "from pathlib import Path\n"
        "from harness.process.processes import Processes\n"
        "with Processes() as processes:\n"
        "    scratch = processes.scratch('test')\n"
        f"    processes.spawn('family', ['sh', '-c', {_FAMILY!r}], log=Path(sys.argv[1]) / 'log')\n"
        "    print(processes.tag, scratch, flush=True)\n"
        "    signal.pause()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as harness:
        assert harness.stdout is not None
        tag, scratch = harness.stdout.readline().split()
        block_until("the family is complete", lambda: len(family_of(tag)) >= 4, timeout_s=60)
        os.kill(harness.pid, death)
    block_until("the family is gone", lambda: not family_of(tag), timeout_s=60)
    block_until("the scratch directory is gone", lambda: not Path(scratch).exists(), timeout_s=60)


def test_the_next_harness_sweeps_what_a_dead_one_left() -> None:
    """As if the supervisor had been killed too: an orphan whose tag has no living owner.

    The owner lives until the orphan is seen: a neighbour who starts meanwhile sweeps too.
    """
    with subprocess.Popen(["sleep", "600"]) as owner:
        tag = owner_tag(owner.pid)
        environment = {**os.environ, TAG_VARIABLE: tag}
        with subprocess.Popen(["sleep", "600"], env=environment) as orphan:
            block_until("the orphan carries its tag", lambda: family_of(tag), timeout_s=60)
            owner.kill()
            owner.wait()
            assert not owner_is_alive(tag)
            sweep_leftovers()
            assert family_of(tag) == []
            orphan.wait(60)


def test_a_living_neighbour_is_left_alone(tmp_path: Path) -> None:
    with Processes() as mine:
        child = mine.spawn("sleeper", ["sleep", "600"], log=tmp_path / "log")
        sweep_leftovers()
        assert child.exit_code is None


def test_an_owner_that_ends_inside_another_takes_nothing_of_it_along(tmp_path: Path) -> None:
    with Processes() as outer:
        child = outer.spawn("outer", ["sleep", "600"], log=tmp_path / "outer.log")
        scratch = outer.scratch("test")
        with Processes() as inner:
            assert inner.tag != outer.tag
            assert owner_is_alive(inner.tag)
            ended = inner.spawn("inner", ["sleep", "600"], log=tmp_path / "inner.log")
            gone = inner.scratch("test")
        assert ended.exit_code is not None
        assert not gone.exists()
        assert child.exit_code is None
        assert scratch.exists()


def test_a_missing_program_says_what_brings_it(tmp_path: Path) -> None:
    with Processes() as processes, pytest.raises(MissingPart, match="does not exist") as caught:
        processes.spawn("ghost", ["/no/such/program"], log=tmp_path / "log")
    assert "harness setup" in caught.value.hint


def test_a_child_that_ignores_the_request_is_killed(tmp_path: Path) -> None:
    with Processes() as processes:
        stubborn = "trap '' TERM; echo ready; while :; do sleep 600; done"
        child = processes.spawn("stubborn", ["sh", "-c", stubborn], log=tmp_path / "log")
        block_until("it ignores", lambda: "ready" in child.last_words(), timeout_s=60)
        assert child.stop(grace_s=0.2) == -signal.SIGKILL


def test_the_cause_of_an_end_is_not_cut_away_by_what_follows_it(tmp_path: Path) -> None:
    with Processes() as processes:
        crash = "echo starts; echo; echo '[1:FATAL:x.cc] No usable sandbox' >&2; seq -f '#%g 0x' 30"
        crashed = processes.spawn("crash", ["sh", "-c", crash], log=tmp_path / "crash")
        ended = processes.spawn(
            "end", ["sh", "-c", "echo a; echo Error: b; echo"], log=tmp_path / "e"
        )
        for child in (crashed, ended):
            assert child.wait(60) == 0
        words = "[1:FATAL:x.cc] No usable sandbox | … | #28 0x | #29 0x | #30 0x"
        assert crashed.why_it_ended() == words
        assert ended.why_it_ended() == "a | Error: b"


def test_a_scratch_directory_is_its_user_s_alone_and_no_name_can_be_foreseen() -> None:
    with Processes() as processes:
        names = {processes.scratch("test").name for _ in range(5)}
        modes = {
            processes.scratch("test").stat().st_mode & 0o777,
            processes.temporary().stat().st_mode & 0o777,
        }
        passable = processes.scratch("test", passable=True).stat().st_mode & 0o777
    assert len(names) == 5
    assert all(len(name.rpartition("-")[2]) == 8 for name in names)
    assert modes == {0o700}
    assert passable == 0o711


def test_what_a_child_leaves_among_temporary_files_goes_with_the_harness(tmp_path: Path) -> None:
    with Processes() as processes:
        leaves = ["sh", "-c", 'touch "$TMPDIR/left"; echo "$TMPDIR"; kill -9 $$']
        child = processes.spawn("leaver", leaves, log=tmp_path / "log")
        child.wait(60)
        place = Path(child.last_words())
        assert (place / "left").exists()
        assert place != Path(tempfile.gettempdir())
        socket_path = f"{place}/org.chromium.Chromium.abcdef/SingletonSocket"
        assert len(socket_path) < 108  # what the path of a socket may take
    assert not place.exists()


def test_a_directory_that_another_user_made_under_our_name_is_left_alone(tmp_path: Path) -> None:
    """By the name of a dead harness: only what is this user's is swept."""
    with subprocess.Popen(["sleep", "0"]) as owner:
        tag = owner_tag(owner.pid)
        owner.wait()
    name = f"impression-harness-scratch-{tag}-test-abcdefgh"
    theirs = Path(tempfile.gettempdir()) / name
    theirs.mkdir()
    try:
        if os.geteuid() != 0:
            pytest.skip("only root can give a directory to another user")
        os.chown(theirs, 65534, 65534)
        sweep_leftovers()
        assert theirs.exists()
        os.chown(theirs, 0, 0)
        sweep_leftovers()
        assert not theirs.exists()
    finally:
        shutil.rmtree(theirs, ignore_errors=True)


def test_temporary_files_have_a_short_path_wherever_others_lie(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    far = tmp_path / ("x" * 100)
    far.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(far))
    with Processes() as processes:
        assert processes.scratch("test").parent == far
        short = processes.temporary()
        assert len(str(short)) <= 62
    assert not short.exists()


def test_children_have_as_many_descriptors_as_the_user_may_have(tmp_path: Path) -> None:
    program = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from harness.process.processes import Processes\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (64, 300))\n"
        "with Processes() as processes:\n"
        "    log = Path(sys.argv[1]) / 'log'\n"
        "    processes.spawn('asks', ['sh', '-c', 'ulimit -n'], log=log).wait(60)\n"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=True, timeout=60)
    assert (tmp_path / "log").read_text().strip() == "300"
