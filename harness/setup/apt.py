"""Debian's package manager: only what is missing, never a question, every try bounded."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from harness.setup.commands import run
from harness.setup.host import Host

QUERY_TIMEOUT_S = 15.0
UPDATE_TIMEOUT_S = 90.0
INSTALL_TIMEOUT_S = 600.0

_FAIL_SOON = (
    *("-o", "Acquire::http::Timeout=5"),
    *("-o", "Acquire::https::Timeout=5"),
    *("-o", "DPkg::Lock::Timeout=120"),
    # Without this, update answers 0 when it reached nothing.
    *("-o", "APT::Update::Error-Mode=any"),
)


@dataclass
class Apt:
    """One set-up's view of apt; the package lists are fetched at most once.

    Where neither packages nor lists can be fetched, the parts that come later do not wait again.
    """

    host: Host
    _updated: bool = field(default=False, init=False)
    _update_reason: str = field(default="", init=False)
    _given_up: str = field(default="", init=False)

    def install(self, *packages: str) -> str:
        """Install packages; return the reason why not, empty when it worked."""
        if self.host.which("apt-get") is None:
            return "apt-get: not a Debian or Ubuntu machine"
        prefix = self._as_root()
        if prefix is None:
            command = f"sudo apt-get install --no-install-recommends {' '.join(packages)}"
            return f"apt-get needs root and sudo asks for a password; say: {command}"
        if self._given_up:
            return self._given_up
        if self._unknown(packages):
            self._update(prefix)
            if unknown := self._unknown(packages):
                why = f" ({self._update_reason})" if self._update_reason else ""
                return f"apt-get: no package {', '.join(unknown)} in the package lists{why}"
        reason = self._install(prefix, packages)
        if reason and not self._updated:  # lists that are too old name files that are gone
            self._update(prefix)
            if not self._update_reason:
                reason = self._install(prefix, packages)
        if reason and self._update_reason:
            self._given_up = f"{reason}; {self._update_reason}"
        return self._given_up or reason

    def version(self, package: str) -> str:
        """Return an installed package's version, empty when it is not known."""
        dpkg = self.host.which("dpkg-query")
        if dpkg is None:
            return ""
        argv: list[str | Path] = [dpkg, "-W", "-f", "${Version}", package]
        answer = run(argv, env=self.host.env, timeout_s=QUERY_TIMEOUT_S)
        return answer.output.strip() if answer.ok else ""

    def _as_root(self) -> list[str | Path] | None:
        if self.host.is_root:
            return []
        sudo = self.host.which("sudo")
        if sudo is None:
            return None
        allowed = run([sudo, "-n", "true"], env=self.host.env, timeout_s=QUERY_TIMEOUT_S).ok
        return [sudo, "-n"] if allowed else None

    def _unknown(self, packages: tuple[str, ...]) -> list[str]:
        argv = ["apt-cache", "policy", *packages]
        env = {**self.host.env, "LC_ALL": "C"}
        answer = run(argv, env=env, timeout_s=QUERY_TIMEOUT_S)
        known: set[str] = set()
        package = ""
        for line in answer.output.splitlines():
            if not line.startswith(" "):
                package = line.strip().removesuffix(":")
            elif line.strip().startswith("Candidate:") and "(none)" not in line:
                known.add(package)
        return [package for package in packages if package not in known]

    def _update(self, prefix: list[str | Path]) -> None:
        if not self._updated:
            self._updated = True
            words = ("-o", "Acquire::Retries=0", "update")
            self._update_reason = self._apt_get(prefix, *words, timeout_s=UPDATE_TIMEOUT_S)

    def _install(self, prefix: list[str | Path], packages: tuple[str, ...]) -> str:
        return self._apt_get(
            prefix,
            *("-o", "Acquire::Retries=1", "install", "--no-install-recommends", "-y", *packages),
            timeout_s=INSTALL_TIMEOUT_S,
        )

    def _apt_get(self, prefix: list[str | Path], *words: str, timeout_s: float) -> str:
        """Run it; ``words`` begin with an option and its value, which no reason repeats."""
        # Root's processes cannot be ended by us, so the bound goes in with them.
        bound = ["timeout", "--kill-after=30", f"{timeout_s:.0f}"]
        frontend = ["env", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C.UTF-8"]
        argv: list[str | Path] = [*prefix, *bound, *frontend, "apt-get", "-q", *_FAIL_SOON, *words]
        answer = run(argv, env=self.host.env, timeout_s=timeout_s + 45)
        return "" if answer.ok else f"apt-get {' '.join(words[2:])}: {answer.reason}"
