"""Networks of our own: what stands in the way is found before a cell is planned, not in it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from harness.setup import available
from harness.setup.parts.packets import Packets
from tests.harness.setup.fake_host import FakeHost

DEVICE, PROC = "dev/net/tun", "proc/sys"
MOST = f"{PROC}/user/max_user_namespaces"
ALLOWED = f"{PROC}/kernel/unprivileged_userns_clone"
RESTRICTED = f"{PROC}/kernel/apparmor_restrict_unprivileged_userns"


def machine_with(tmp_path: Path, *, is_root: bool = False, **files: str) -> FakeHost:
    """A machine with nsenter, the device, and what the kernel says in these files."""
    machine = FakeHost(tmp_path, is_root=is_root)
    machine.script("nsenter", "")
    for name, text in {DEVICE: "", MOST: "7000", **files}.items():
        path = tmp_path / "root" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return machine


def test_a_machine_that_allows_it_has_the_part(tmp_path: Path) -> None:
    host = machine_with(tmp_path, **{ALLOWED: "1", RESTRICTED: "0"}).host()
    assert Packets().find(host) == tmp_path / "root" / DEVICE


@pytest.mark.parametrize(
    ("files", "is_root", "says"),
    [
        ({MOST: "0"}, True, "max_user_namespaces is 0"),
        ({ALLOWED: "0"}, False, "unprivileged_userns_clone is 0"),
        ({RESTRICTED: "1"}, False, "AppArmor"),
    ],
)
def test_what_forbids_namespaces_is_named(
    tmp_path: Path, files: dict[str, str], is_root: bool, says: str
) -> None:
    host = machine_with(tmp_path, is_root=is_root, **files).host()
    assert Packets().find(host) is None
    status = Packets().look(host)
    assert (status.state, says in status.detail) == ("missing", True), status.detail


def test_without_the_device_or_nsenter_there_are_no_packets(tmp_path: Path) -> None:
    machine = machine_with(tmp_path)
    (tmp_path / "root" / DEVICE).unlink()
    assert "not ours to open" in Packets().look(machine.host()).detail
    (machine.bin / "nsenter").unlink()
    assert "nsenter" in Packets().look(machine.host()).detail


def test_root_may_do_what_others_may_not(tmp_path: Path) -> None:
    host = machine_with(tmp_path, is_root=True, **{ALLOWED: "0", RESTRICTED: "1"}).host()
    assert Packets().find(host) is not None


PLAN = """
import sys
from harness.setup.machine import ThisMachine
from scenarios.catalogue.planning import plan
from scenarios.catalogue.request import PlanRequest, load_catalogue
request = PlanRequest(names=("fast_3g", "half_lost"), levels={"browser": ("chromium",)}, seeds=(1,))
for cell in plan(request, load_catalogue(), ThisMachine()):
    why = cell.not_run
    print(cell.plan.scenario, cell.plan.arm["network"], why and (why.kind, why.reason, why.fix))
"""


@pytest.mark.skipif(
    shutil.which("unshare") is None or not available("packets") or not available("toxiproxy"),
    reason="no namespaces to be without, or no Toxiproxy",
)
def test_without_namespaces_packets_are_not_run_and_toxiproxy_takes_the_rest() -> None:
    """In a user namespace in which no further one may be made, as in many containers."""
    script = 'echo 0 > /proc/sys/user/max_user_namespaces && exec "$0" -c "$1"'
    argv = ["unshare", "-Ur", "sh", "-c", script, sys.executable, PLAN]
    done = subprocess.run(argv, capture_output=True, text=True, env=os.environ, check=False)
    assert done.returncode == 0, done.stderr
    fast, lossy = done.stdout.splitlines()
    assert fast.startswith("fast_3g toxiproxy None") or "chromium missing" in fast
    assert lossy.startswith("half_lost packets ('missing', ")
    assert "packets missing" in lossy
    assert "harness setup --only packets" in lossy
