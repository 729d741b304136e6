"""What the parts need of the machine that is no program: room, memory, descriptors, a display.

A part that lacks one dies with a message of its own, if it has any. Each need is looked at as the
parts meet it, and what is missing comes with the command that remedies it.
"""

from __future__ import annotations

import os
import resource
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from harness.setup.commands import run
from harness.setup.host import Host
from harness.setup.part import PartStatus

MIB = 1 << 20
SCRATCH_LEAST = 2_048 * MIB
"""A cluster takes 50 MB, and its log of changes grows; a browser's profile takes 30 MB."""
SHARED_LEAST = 256 * MIB
DESCRIPTORS_LEAST = 1_024
_PROBE_TIMEOUT_S = 5.0
_NAMESPACES_FIX = (
    "sudo sysctl -w user.max_user_namespaces=15000 kernel.apparmor_restrict_unprivileged_userns=0"
)

Need = Callable[[Host], PartStatus]


def machine_needs(host: Host) -> list[PartStatus]:
    """Return one row per need; nothing stays of what was tried."""
    needs: list[Need] = [scratch_space, descriptors]
    if host.system == "Linux":
        needs += [shared_memory, user_namespaces, display]
    return [need(host) for need in needs]


def scratch_space(host: Host) -> PartStatus:
    """Return whether programs can be written and run where temporary files go, with room."""
    folder = Path(host.env.get("TMPDIR", "") or tempfile.gettempdir())
    use = "everything that runs: profiles, drivers, PostgreSQL's data"
    try:
        with tempfile.TemporaryDirectory(dir=folder) as trial:
            script = Path(trial) / "trial"
            script.write_text("#!/bin/sh\nexit 0\n")
            script.chmod(0o700)
            answer = run([script], env=host.env, timeout_s=_PROBE_TIMEOUT_S)
        free = shutil.disk_usage(folder).free
    except OSError as error:
        why = f"{folder}: {error.strerror}"
        return _missing("scratch", use, why, f"export TMPDIR=/var/tmp, or mkdir -p {folder}")
    if not answer.ok:
        why = f"no program can be run in {folder}: {answer.reason}"
        return _missing(
            "scratch", use, why, f"export TMPDIR=/var/tmp, or sudo mount -o remount,exec {folder}"
        )
    if free < SCRATCH_LEAST:
        why = f"{free // MIB} MiB are free in {folder}, {SCRATCH_LEAST // MIB} are needed"
        return _missing("scratch", use, why, "export TMPDIR=A_FOLDER_WITH_ROOM, or free some space")
    return _found("scratch", f"{free // MIB:,} MiB", str(folder))


def descriptors(host: Host) -> PartStatus:
    """Return whether a process may open enough files and connections."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if 0 <= soft < DESCRIPTORS_LEAST:
        why = f"a process may open {soft}, {DESCRIPTORS_LEAST} are needed"
        is_enough = hard < 0 or hard >= DESCRIPTORS_LEAST
        fix = f"ulimit -n {DESCRIPTORS_LEAST}"
        if not is_enough:
            fix = f"sudo prlimit --pid $$ --nofile={DESCRIPTORS_LEAST}"
        return _missing("descriptors", "browsers and loads", why, fix)
    return _found("descriptors", str(soft) if soft >= 0 else "unlimited", "")


def shared_memory(host: Host) -> PartStatus:
    """Return whether browsers and PostgreSQL can share memory."""
    folder = host.root / "dev/shm"
    use = "firefox, webkitgtk, postgresql"
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        why = f"{folder}: {error.strerror}"
        return _missing("shared memory", use, why, "sudo mount -t tmpfs -o size=1g tmpfs /dev/shm")
    if not os.access(folder, os.W_OK):
        return _missing("shared memory", use, "not writable", "sudo chmod 1777 /dev/shm")
    if free < SHARED_LEAST:
        why = f"{free // MIB} MiB are free, {SHARED_LEAST // MIB} are needed"
        fix = "sudo mount -o remount,size=1g /dev/shm; for a container: --shm-size=1g"
        return _missing("shared memory", use, why, fix)
    return _found("shared memory", f"{free // MIB:,} MiB", str(folder))


def user_namespaces(host: Host) -> PartStatus:
    """Return whether the browsers' sandboxes can be made; root's browsers have none."""
    if host.is_root:
        return _found("user namespaces", "not needed", "browsers of root have no sandbox")
    use = "the sandboxes of chromium and webkitgtk"
    unshare = host.which("unshare")
    if unshare is None:
        return _missing("user namespaces", use, "unshare is not on PATH", "install util-linux")
    answer = run([unshare, "--user", "true"], env=host.env, timeout_s=_PROBE_TIMEOUT_S)
    if not answer.ok:
        return _missing("user namespaces", use, answer.reason, _NAMESPACES_FIX)
    return _found("user namespaces", "allowed", "")


def display(host: Host) -> PartStatus:
    """Return whether there is a display for visible browser windows."""
    screen, wayland = host.env.get("DISPLAY", ""), host.env.get("WAYLAND_DISPLAY", "")
    use, fix = "--headed", "xvfb-run -a harness run …, or start it in a desktop session"
    if wayland:
        socket = Path(host.env.get("XDG_RUNTIME_DIR", "")) / wayland
        if socket.is_socket():
            return _found("display", wayland, str(socket))
        return _missing("display", use, f"there is no {socket}", fix)
    if not screen:
        return _missing("display", use, "DISPLAY is not set", fix)
    place, _, number = screen.rpartition(":")
    socket = host.root / "tmp/.X11-unix" / f"X{number.partition('.')[0]}"
    if not place and not socket.is_socket():
        return _missing("display", use, f"no server listens at {screen}", fix)
    return _found("display", screen, "")


def _found(name: str, version: str, where: str) -> PartStatus:
    return PartStatus(name=name, kind="fact", state="found", version=version, where=where)


def _missing(name: str, needed_for: str, detail: str, fix: str) -> PartStatus:
    return PartStatus(
        name=name, kind="fact", state="missing", needed_for=needed_for, detail=detail, fix=fix
    )
