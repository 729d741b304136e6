"""The packet link as a part: nothing to bring, but a machine may forbid it."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from harness.setup.commands import run
from harness.setup.host import Host
from harness.setup.parts import PartStatus, Workbench

PROBE_TIMEOUT_S = 10.0
_DEVICE = "dev/net/tun"
_FORBIDDEN = "proc/sys/kernel/apparmor_restrict_unprivileged_userns"
_MEND = "sudo modprobe tun && sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"
"""What is usual; in a container its runtime has to grant the device and the namespaces."""


@dataclass(frozen=True, slots=True)
class Packets:
    """Networks of our own (Linux): user and network namespaces, and a TUN device in each."""

    name: str = "packets"
    needed_for: str = "packet loss, true handshakes (--network packets)"

    def find(self, host: Host) -> Path | None:
        """Return the device, unless something is known to stand in the way."""
        return None if self._obstacle(host) else host.root / _DEVICE

    def look(self, host: Host) -> PartStatus:
        """Return its status, proven by making both networks and their link."""
        why = self._obstacle(host)
        if not why:
            argv = [sys.executable, "-m", "harness.link.linkd", "--prove"]
            answer = run(argv, env=host.env, timeout_s=PROBE_TIMEOUT_S)
            why = "" if answer.ok else answer.reason
            if answer.ok:
                return PartStatus(
                    name=self.name,
                    state="found",
                    version=answer.output.strip(),
                    where=str(host.root / _DEVICE),
                    needed_for=self.needed_for,
                )
        return PartStatus(
            name=self.name, state="missing", needed_for=self.needed_for, mend=_MEND, detail=why
        )

    def wanted(self, host: Host) -> bool:
        """Return False: only the machine's owner can allow it."""
        return False

    def bring(self, bench: Workbench) -> list[str]:
        """Bring nothing."""
        return [f"only the machine's owner can allow it: {_MEND}"]

    def _obstacle(self, host: Host) -> str:
        if host.which("nsenter") is None:
            return "nsenter is not on PATH (util-linux)"
        if not os.access(host.root / _DEVICE, os.R_OK | os.W_OK):
            return f"/{_DEVICE} is not there or not ours to open"
        try:
            restricted = (host.root / _FORBIDDEN).read_text().strip() == "1"
        except OSError:
            restricted = False
        if restricted and not host.is_root:
            return "AppArmor lets only root use what a user namespace gives"
        return ""
