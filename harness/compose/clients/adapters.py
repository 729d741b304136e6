"""From what a user names to a target: an adapter is found, its package fetched, a file written.

``posthog-js``, ``posthog-js@1.400.0`` or ``./mine.mjs``. An adapter is a JavaScript module; what it
has to export stands in docs/clients.md. A package is fetched only in a version whose hash is known,
from the lock beside the adapters or from the adapter itself.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

import servers.collector
from harness.core.errors import HarnessError, UsageError, did_you_mean
from harness.setup.commands import run
from harness.setup.host import Host
from harness.setup.npm import NpmPackage, field_of
from harness.setup.parts.npm import Npm
from harness.target.client.file import CLIENT_PREFIX, ClientFacts
from harness.target.system import system_named
from harness.target.target import Table, Target

COLLECTOR = "servers.collector"
HERE = Path(servers.collector.__file__).parent
ADAPTERS = HERE / "clients"
LOCK = ADAPTERS / "lock.toml"
_READER = HERE / "reader.mjs"
_SUFFIXES = (".mjs", ".js")
_DESCRIBE_S = 60.0


class AdapterFacts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an adapter exports as ``client``."""

    package: str = ""
    version: str = ""
    integrity: str = ""
    scripts: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    globals: tuple[str, ...] = ()
    endpoint: str
    promise: str
    why: str = ""
    settings: Mapping[str, Mapping[str, Any]]
    only_asked_for: tuple[str, ...] = msgspec.field(default=(), name="onlyAskedFor")


def client_target(named: str, *, host: Host | None = None) -> Target:
    """Return the target that ``--client`` names; its package is fetched if it is not here.

    Raises UsageError for a client, a version or an adapter that does not exist or is wrong, and
    HarnessError where npm or the network is missing.
    """
    host = host or Host.here()
    adapter, version = _adapter_of(named, host)
    facts = _described(adapter, host)
    if not facts.endpoint.startswith("/") or not facts.settings:
        raise UsageError(
            f"{adapter}: client.endpoint must begin with / and client.settings name at least one",
            hint='e.g. endpoint: "/collect/", settings: { default: {} }',
        )
    found = _with_package(adapter, facts, version, host)
    content = msgspec.json.encode(found)
    file = host.cache / "clients" / f"{hashlib.sha256(content).hexdigest()[:16]}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    system = f"{CLIENT_PREFIX}{file}"
    system_named(system)  # refuses what cannot be, by name
    return Target(
        name=found.title,
        system=system,
        server_module=COLLECTOR,
        server_arguments=("--client", str(file)),
        table=Table(unique=False),
    )


def known_clients() -> dict[str, Path]:
    """Return package → adapter of those that come with the harness, and short name → the same."""
    found = {path.stem: path for path in sorted(ADAPTERS.glob("*.mjs"))}
    return {**found, **{_package_in(path): path for path in found.values()}}


def locked(package: str) -> dict[str, str]:
    """Return version → hash of a package's locked versions, the one that is used first."""
    found: dict[str, str] = tomllib.loads(LOCK.read_text(encoding="utf-8")).get(package, {})
    return found


def _package_in(adapter: Path) -> str:
    """Return the package that an adapter of ours names, without running it."""
    text = adapter.read_text(encoding="utf-8")
    return text.partition('package: "')[2].partition('"')[0]


def _adapter_of(named: str, host: Host) -> tuple[Path, str]:
    """Return the adapter that is meant, and the version that is asked for, empty for the usual."""
    if named.endswith(_SUFFIXES):
        path = Path(named).absolute()
        if not path.is_file():
            raise UsageError(f"--client {named}: there is no such file")
        return path, ""
    at = named.find("@", 1)  # a scope begins with one
    name, version = (named, "") if at < 0 else (named[:at], named[at + 1 :])
    known = known_clients()
    if name not in known:
        hint = did_you_mean(name, set(known), "Or name an adapter of yours: --client ./mine.mjs")
        raise UsageError(f"there is no adapter for {name!r}", hint=hint)
    return known[name], version


def _described(adapter: Path, host: Host) -> AdapterFacts:
    """Return what an adapter says of its client; it is run for that, in Node."""
    node = host.which("node")
    if node is None or Npm().find(host) is None:  # cheap: nothing is started to ask its version
        status = Npm().look(host)
        raise HarnessError(f"--client needs Node and npm: {status.detail}", hint=status.fix)
    answer = run([node, _READER, "--describe", adapter], env=host.env, timeout_s=_DESCRIBE_S)
    if not answer.ok:
        raise UsageError(
            f"{adapter} is no adapter: {answer.reason}", hint="docs/clients.md has one"
        )
    try:
        return msgspec.json.decode(answer.output, type=AdapterFacts)
    except msgspec.MsgspecError as error:
        raise UsageError(f"{adapter}: client: {error}", hint="docs/clients.md has one") from error


def _with_package(adapter: Path, facts: AdapterFacts, version: str, host: Host) -> ClientFacts:
    common: dict[str, Any] = {
        "adapter": str(adapter),
        "endpoint": facts.endpoint,
        "promise": facts.promise,
        "why": facts.why,
        "globals": facts.globals,
        "settings": facts.settings,
        "only_asked_for": facts.only_asked_for,
    }
    if not facts.package:
        return ClientFacts(name=adapter.stem, **common)
    package = _wanted(adapter, facts, version)
    home = package.home(host.cache / "clients")
    if not (home / "package.json").is_file():
        npm = host.which("npm")
        assert npm is not None  # the adapter has been described
        env = {"HOME": str(host.home), **host.env}
        if reason := package.fetch(npm, home, env):
            raise HarnessError(
                f"{package.name}@{package.version} cannot be fetched: {reason}",
                hint="npm must reach its registry once; the package is kept afterwards",
            )
    return ClientFacts(
        name=package.name,
        version=package.version,
        licence=field_of(home, "license"),
        package=str(home),
        script=_first(home, facts.scripts),
        module=_first(home, facts.modules),
        **common,
    )


def _wanted(adapter: Path, facts: AdapterFacts, version: str) -> NpmPackage:
    """Return the version that is fetched. Raises UsageError for one whose hash is not known."""
    if facts.version and facts.integrity and version in ("", facts.version):
        return NpmPackage(name=facts.package, version=facts.version, integrity=facts.integrity)
    known = locked(facts.package)
    chosen = version or next(iter(known), "")
    if chosen not in known:
        raise UsageError(
            f"{facts.package}@{chosen or '?'}: the hash of this version is not known",
            hint=f"Known are {', '.join(known) or 'none'}; an adapter of yours may give version "
            "and integrity",
        )
    return NpmPackage(name=facts.package, version=chosen, integrity=known[chosen])


def _first(home: Path, names: tuple[str, ...]) -> str:
    """Return the first of the files that a package has; empty where none was named.

    Raises UsageError when files were named and none is there.
    """
    found = next((name for name in names if (home / name).is_file()), "")
    if names and not found:
        raise UsageError(f"{home.name} has none of {', '.join(names)}")
    return found
