"""The packet link as a part: nothing to bring, but a machine may forbid it."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.core.environment import child_environment
from harness.setup.commands import Answer, run
from harness.setup.host import Host
from harness.setup.part import PartStatus, Workbench

PROBE_TIMEOUT_S = 30.0
_DEVICE = "dev/net/tun"
_RESTRICTED = "proc/sys/kernel/apparmor_restrict_unprivileged_userns"
_ALLOWED = "proc/sys/kernel/unprivileged_userns_clone"
_MOST = "proc/sys/user/max_user_namespaces"
_FIX = "sudo modprobe tun && sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"
"""What is usual; in a container its runtime has to grant the device and the namespaces."""


@dataclass(frozen=True, slots=True)
class Packets:
    """Networks of our own (Linux): user and network namespaces, and a TUN device in each."""

    name: str = "packets"
    needed_for: str = "packet loss, true handshakes (--network packets)"

    def find(self, host: Host) -> Path | None:
        """Return the device, if networks of our own can be made with it.

        Proven by making them, once in a process: what forbids them (a container's rules, say) is
        not to be seen anywhere.
        """
        if self._obstacle(host) or (host.root == Path("/") and _proof().reason):
            return None
        return host.root / _DEVICE

    def look(self, host: Host) -> PartStatus:
        """Return its status, proven by making both networks and their link."""
        why = self._obstacle(host)
        if not why:
            answer = _prove(host.env)
            why = answer.reason
            if answer.ok:
                return PartStatus(
                    name=self.name,
                    state="found",
                    version=answer.output.strip(),
                    where=str(host.root / _DEVICE),
                    needed_for=self.needed_for,
                )
        return PartStatus(
            name=self.name, state="missing", needed_for=self.needed_for, fix=_FIX, detail=why
        )

    def wanted(self, host: Host) -> bool:
        """Return False: only the machine's owner can allow it."""
        return False

    def bring(self, bench: Workbench) -> list[str]:
        """Bring nothing."""
        return [f"only the machine's owner can allow it: {_FIX}"]

    def _obstacle(self, host: Host) -> str:
        if host.which("nsenter") is None:
            return "nsenter is not on PATH (util-linux)"
        if not os.access(host.root / _DEVICE, os.R_OK | os.W_OK):
            return f"/{_DEVICE} is not there or not ours to open"
        if _number(host.root / _MOST) == 0:
            return "this machine allows no user namespaces (user.max_user_namespaces is 0)"
        if host.is_root:
            return ""
        if _number(host.root / _ALLOWED) == 0:
            return "only root may make user namespaces (kernel.unprivileged_userns_clone is 0)"
        if _number(host.root / _RESTRICTED) == 1:
            return "AppArmor lets only root use what a user namespace gives"
        return ""


def _prove(env: Mapping[str, str]) -> Answer:
    """Make both networks and their link, and leave them."""
    argv = [sys.executable, "-m", "harness.faults.line.packets.daemon", "--prove"]
    return run(argv, env=env, timeout_s=PROBE_TIMEOUT_S)


@functools.cache
def _proof() -> Answer:
    return _prove(child_environment())


def _number(path: Path) -> int | None:
    """Return what a file of the kernel's says, or None where it is not there."""
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return None
