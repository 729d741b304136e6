"""No process and no directory outlives the harness, however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from harness.core.errors import MissingPart
from harness.core.wait import block_until
from harness.process.processes import Processes, owner_is_alive, owner_tag, sweep_leftovers
from harness.process.supervisor import TAG_VARIABLE, tagged_processes

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


def test_a_tag_tells_two_lives_of_one_process_id_apart() -> None:
    assert owner_is_alive(owner_tag())
    pid, _, birth = owner_tag().partition("-")
    assert not owner_is_alive(f"{pid}-{int(birth) - 1}")
    assert not owner_is_alive("nonsense")


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
