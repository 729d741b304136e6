"""Debian's package manager: only what is missing, never a question, every try bounded."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from harness.setup.commands import run
from harness.setup.host import Host

QUERY_TIMEOUT_S = 15.0
UPDATE_TIMEOUT_S = 90.0
INSTALL_TIMEOUT_S = 600.0
UNPACK_TIMEOUT_S = 120.0

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
        return self._fetched(packages, prefix, lambda: self._install(prefix, packages))

    def unpack(self, package: str, folder: Path) -> str:
        """Download a package and unpack it there; return the reason why not, empty if it worked.

        Nothing is installed: none of the package's scripts runs, so no service starts, and what it
        depends on does not come. Root is needed only where the package lists are missing or old.
        """
        if self.host.which("apt-get") is None or self.host.which("dpkg-deb") is None:
            return "apt-get: not a Debian or Ubuntu machine"
        try:
            with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
                return self._fetched(
                    (package,), self._as_root(), lambda: self._unpack(package, folder, scratch)
                )
        except OSError as error:
            return f"{folder}: {error}"

    def version(self, package: str) -> str:
        """Return an installed package's version, empty when it is not known."""
        dpkg = self.host.which("dpkg-query")
        if dpkg is None:
            return ""
        argv: list[str | Path] = [dpkg, "-W", "-f", "${Version}", package]
        answer = run(argv, env=self.host.env, timeout_s=QUERY_TIMEOUT_S)
        return answer.output.strip() if answer.ok else ""

    def _fetched(
        self,
        packages: tuple[str, ...],
        prefix: list[str | Path] | None,
        fetch: Callable[[], str],
    ) -> str:
        """Fetch packages, with lists that know them; return the reason why not."""
        if self._given_up:
            return self._given_up
        if self._unknown(packages):
            self._update(prefix)
            if unknown := self._unknown(packages):
                why = f" ({self._update_reason})" if self._update_reason else ""
                return f"apt-get: no package {', '.join(unknown)} in the package lists{why}"
        reason = fetch()
        if reason and not self._updated:  # lists that are too old name files that are gone
            self._update(prefix)
            if not self._update_reason:
                reason = fetch()
        if reason and self._update_reason:
            self._given_up = f"{reason}; {self._update_reason}"
        return self._given_up or reason

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

    def _update(self, prefix: list[str | Path] | None) -> None:
        if prefix is None:
            self._update_reason = "apt-get update needs root and sudo asks for a password"
        elif not self._updated:
            self._updated = True
            words = ("-o", "Acquire::Retries=0", "update")
            self._update_reason = self._apt_get(prefix, *words, timeout_s=UPDATE_TIMEOUT_S)

    def _install(self, prefix: list[str | Path], packages: tuple[str, ...]) -> str:
        return self._apt_get(
            prefix,
            *("-o", "Acquire::Retries=1", "install", "--no-install-recommends", "-y", *packages),
            timeout_s=INSTALL_TIMEOUT_S,
        )

    def _unpack(self, package: str, folder: Path, scratch: str) -> str:
        words = ("-o", "Acquire::Retries=1", "download", package)
        if reason := self._apt_get([], *words, timeout_s=UNPACK_TIMEOUT_S, cwd=Path(scratch)):
            return reason
        for archive in Path(scratch).glob("*.deb"):
            argv: list[str | Path] = ["dpkg-deb", "--extract", archive, folder]
            answer = run(argv, env=self.host.env, timeout_s=UNPACK_TIMEOUT_S)
            if not answer.ok:
                return f"dpkg-deb {archive.name}: {answer.reason}"
        return ""

    def _apt_get(
        self,
        prefix: list[str | Path],
        *words: str,
        timeout_s: float,
        cwd: Path | None = None,
    ) -> str:
        """Run it; ``words`` begin with an option and its value, which no reason repeats."""
        # Root's processes cannot be ended by us, so the bound goes in with them.
        bound = ["timeout", "--kill-after=30", f"{timeout_s:.0f}"]
        frontend = ["env", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C.UTF-8"]
        argv: list[str | Path] = [*prefix, *bound, *frontend, "apt-get", "-q", *_FAIL_SOON, *words]
        answer = run(argv, env=self.host.env, timeout_s=timeout_s + 45, cwd=cwd)
        return "" if answer.ok else f"apt-get {' '.join(words[2:])}: {answer.reason}"
