"""RabbitMQ and the Erlang that it runs on, from Debian's packages."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from harness.setup.host import Host, is_executable
from harness.setup.part import PartStatus, Workbench
from harness.setup.remedies import Packages, with_packages, with_setup

_ERLANG = (
    *("base", "asn1", "crypto", "eldap", "ftp", "inets", "mnesia", "os-mon", "parsetools"),
    *("public-key", "runtime-tools", "snmp", "ssl", "syntax-tools", "tftp", "tools", "xmerl"),
)
_PACKAGES = Packages(
    "RabbitMQ",
    debian=("rabbitmq-server", *(f"erlang-{part}" for part in _ERLANG)),
    fedora="rabbitmq-server",
)
_PREFIX = "rabbitmq_server-"


@dataclass(frozen=True, slots=True, kw_only=True)
class RabbitMQPart:
    """Set-up unpacks it into the cache: installing the package would start a service."""

    name: str = "rabbitmq"
    needed_for: str = "--topology queued"
    packages: Packages = _PACKAGES

    def find(self, host: Host) -> Path | None:
        """Return the folder of RabbitMQ, of an installed package before the cache."""
        for usr in (host.root / "usr", self._cache(host) / "usr"):
            homes = sorted((usr / "lib" / "rabbitmq" / "lib").glob(f"{_PREFIX}*"))
            starters = (usr / "lib" / "erlang").glob("erts-*/bin/erlexec")
            if homes and any(map(is_executable, starters)):
                return homes[-1]
        return None

    def look(self, host: Host) -> PartStatus:
        """Return its status; the version is in the folder's name."""
        path = self.find(host)
        if path is None:
            return PartStatus(
                name=self.name,
                state="missing",
                needed_for=self.needed_for,
                fix=self._fix(host),
                detail=f"no RabbitMQ with its Erlang below /usr or in {self._cache(host)}",
            )
        return PartStatus(
            name=self.name,
            state="found",
            version=path.name.removeprefix(_PREFIX),
            where=str(path),
            needed_for=self.needed_for,
        )

    def wanted(self, host: Host) -> bool:
        """Return whether it can come without a service that starts."""
        return host.which("apt-get") is not None

    def bring(self, bench: Workbench) -> list[str]:
        """Unpack the packages into the cache; return the reasons why not."""
        bench.say(f"{self.name}: unpacking the distribution's packages into the cache")
        cache = self._cache(bench.host)
        cache.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache.parent) as scratch:
            tree = Path(scratch, "tree")
            for package in self.packages.debian:
                if reason := bench.apt.unpack(package, tree):
                    return [reason]
            _relocate(tree / "usr" / "lib" / "erlang" / "bin" / "erl")
            # Complete before it is there: another working copy may look at the same moment.
            if cache.exists():
                cache.rename(Path(scratch, "before"))
            tree.rename(cache)
        return []

    def _cache(self, host: Host) -> Path:
        return host.cache / "packages" / self.name

    def _fix(self, host: Host) -> str:
        if self.wanted(host):
            return with_setup(self.name)
        return with_packages(host, self.name, self.packages)


def _relocate(erl: Path) -> None:
    """Let Erlang's script find what lies beside it, not what lies below /usr/lib."""
    if erl.exists():
        beside = 'ROOTDIR="$(cd "${0%/*}/.." && pwd)"'
        text = erl.read_text(encoding="utf-8").replace("ROOTDIR=/usr/lib/erlang", beside)
        erl.write_text(text, encoding="utf-8")


RABBITMQ = RabbitMQPart()
