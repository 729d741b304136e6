"""The command that brings a missing part, on the system at hand."""

from __future__ import annotations

from dataclasses import dataclass

from harness.setup.host import Host


@dataclass(frozen=True, slots=True)
class Packages:
    """What a part is called where it comes from; empty where it cannot be had that way."""

    title: str
    debian: tuple[str, ...] = ()
    fedora: str = ""
    cask: str = ""


def with_setup(name: str) -> str:
    """Return the command that lets the set-up bring this part alone."""
    return f"harness setup --only {name}"


def with_packages(host: Host, name: str, packages: Packages) -> str:
    """Return the command that brings it here, in words where there is none."""
    if host.system == "Darwin" and packages.cask:
        return f"brew install --cask {packages.cask}"
    if packages.debian and host.which("apt-get"):
        if host.is_root:
            return with_setup(name)
        return f"sudo apt-get install --no-install-recommends {' '.join(packages.debian)}"
    if packages.fedora and host.which("dnf"):
        return f"sudo dnf install {packages.fedora}"
    if packages.debian:
        return f"install {packages.title} with your system's packages"
    return f"install {packages.title} from its maker"
