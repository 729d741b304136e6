"""The environment of every process that is started, and of the harness's own.

It is built from a short list of the caller's variables and what the harness sets. Whatever else a
caller's shell holds (a proxy, a PostgreSQL service, options of Locust, pytest, Node.js or Python)
is for other programs and changes nothing here; ``HARNESS_PASS`` names what is passed all the same.
"""

from __future__ import annotations

import contextlib
import os
import platform
import site
import sys
from collections.abc import Mapping
from pathlib import Path

import harness

ROOT = Path(harness.__file__).resolve().parent.parent
"""The folder that holds the packages: a checkout, or where they are installed."""

CPUINFO = Path("/proc/cpuinfo")

PASS_VARIABLE = "HARNESS_PASS"  # noqa: S105 - passed on, no password
"""Names of the caller's variables, with spaces or commas between, that every child receives too."""

DATABASE_VARIABLE = "HARNESS_DATABASE_URL"
"""Carries the database URL to pytest: it may hold a password, so it is in no file."""

ADDRESSES_VARIABLE = "HARNESS_REMOTE_BROWSERS"
"""Carries name → address of remote browsers, as JSON, to pytest; an address may hold a password."""

HISTORY_VARIABLE = "HARNESS_HISTORY"
"""Where suites are kept: a folder, or the URL of a PostgreSQL, which may hold a password."""

TARGET_SECRETS_VARIABLE = "HARNESS_TARGET_SECRETS"
"""Carries the caller's variables that a target file names, as JSON, to pytest and to generators."""

JUDGING_VARIABLE = "HARNESS_JUDGING_KEY"
"""Carries a suite's key to pytest, whose judgements of runs it signs (``reports.pages.kept``)."""

_KEPT_FROM_CHILDREN = frozenset(
    {
        *(DATABASE_VARIABLE, ADDRESSES_VARIABLE, HISTORY_VARIABLE, TARGET_SECRETS_VARIABLE),
        JUDGING_VARIABLE,
    }
)
"""Each is handed to the one child that needs it, if any."""
_OURS = ("HARNESS_", "IMPRESSION_HARNESS_")
_PASSED = frozenset(
    {
        *("PATH", "HOME", "USER", "LOGNAME", "SHELL"),
        *("TMPDIR", "TMP", "TEMP", "XDG_CACHE_HOME", "PLAYWRIGHT_BROWSERS_PATH"),
        *("DISPLAY", "XAUTHORITY", "WAYLAND_DISPLAY"),
        *("PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX"),
    }
)
_OF_A_TERMINAL = frozenset(
    {
        *("TERM", "COLORTERM", "COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR"),
        *("TTY_COMPATIBLE", "TTY_INTERACTIVE", "_HARNESS_COMPLETE", "COMP_WORDS", "COMP_CWORD"),
    }
)
_OF_A_DOWNLOAD = frozenset(
    {
        *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"),
        *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
        *("NODE_EXTRA_CA_CERTS", "GIT_SSL_CAINFO"),
        *("PIP_CONFIG_FILE", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS"),
        *("PIP_NO_INDEX", "PIP_TRUSTED_HOST", "PIP_CERT", "PIP_CLIENT_CERT", "PIP_PROXY"),
        *("GOPROXY", "GOSUMDB", "GONOSUMDB", "GOPRIVATE", "GONOPROXY", "GOMODCACHE", "GOCACHE"),
        *("NPM_CONFIG_REGISTRY", "NPM_CONFIG_USERCONFIG", "NPM_CONFIG_CAFILE"),
        *("PLAYWRIGHT_DOWNLOAD_HOST", "SUDO_ASKPASS"),
    }
)
_PYTHON_READS_AT_ITS_START = frozenset(
    {
        *("PYTHONOPTIMIZE", "PYTHONINSPECT", "PYTHONDEBUG", "PYTHONVERBOSE", "PYTHONWARNINGS"),
        *("PYTHONDEVMODE", "PYTHONMALLOC", "PYTHONTRACEMALLOC", "PYTHONPROFILEIMPORTTIME"),
        *("PYTHONASYNCIODEBUG", "PYTHONCASEOK", "PYTHONINTMAXSTRDIGITS", "PYTHON_CPU_COUNT"),
    }
)
_PACKAGES = ("harness", "scenarios", "reports", "servers", "defects")
_LOCALE = "C.UTF-8" if sys.platform == "linux" else "en_US.UTF-8"
_SET = {
    "LC_ALL": _LOCALE,
    "LANG": _LOCALE,
    "TZ": "UTC",
    "PYTHONSAFEPATH": "1",
    "PYTHONUNBUFFERED": "1",
}
"""Children use one language and one time zone on every machine; what they print is in their log in
order, even of one that is killed."""

_caller: dict[str, str] = {}


def child_environment(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment of a child, from ``environ`` (default: this process's own).

    The child imports the same harness, and nothing from its current folder: a folder that holds a
    package of the same name, or a module named after one of the standard library, changes nothing.
    Folders of the caller's ``PYTHONPATH``, where a target's modules may lie, stay; they are made
    absolute, for a child may start elsewhere.
    """
    given = os.environ if environ is None else environ
    wanted = _PASSED | set(given.get(PASS_VARIABLE, "").replace(",", " ").split())
    if "WAYLAND_DISPLAY" in given:
        wanted |= {"XDG_RUNTIME_DIR"}  # its socket is there
    found = {
        name: value
        for name, value in given.items()
        if (name in wanted or name.startswith(_OURS)) and name not in _KEPT_FROM_CHILDREN
    }
    folders = _module_folders(given.get("PYTHONPATH", ""))
    if folders:
        found["PYTHONPATH"] = os.pathsep.join(folders)
    passed = {name: given[name] for name in wanted - _PASSED if name in given}
    return {**found, **_SET, **passed}


def download_environment() -> dict[str, str]:
    """Return the environment of a child that fetches a part: the caller's proxies, certificates
    and package indexes are for it, and only for it."""
    given = _caller or os.environ
    return child_environment() | {
        name: value for name, value in given.items() if name.upper() in _OF_A_DOWNLOAD
    }


def caller_environment() -> Mapping[str, str]:
    """Return the environment in which the harness was started, for what is the caller's to say."""
    return dict(_caller or os.environ)


def take_own_environment() -> None:
    """Make this process's environment the harness's own: what its libraries read is read from it.

    Python is started anew, once, where it has read a variable that changes what a program does, or
    where ``PYTHONPATH`` has a package that hides one of ours.
    """
    given = dict(os.environ)
    own = child_environment(given) | {
        name: given[name] for name in (*_OF_A_TERMINAL, *_KEPT_FROM_CHILDREN) if name in given
    }
    misread = (_PYTHON_READS_AT_ITS_START & given.keys()) - own.keys()
    if misread or _is_hidden(given.get("PYTHONPATH", "")):
        again = {name: value for name, value in given.items() if name not in misread}
        again["PYTHONPATH"] = own.get("PYTHONPATH", "")
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], again)  # noqa: S606 - itself
    _caller.update(given)
    os.environ.clear()
    os.environ.update(own)


def _module_folders(search_path: str) -> list[str]:
    """Return the folders of a ``PYTHONPATH``, with our own where they would not be found else."""
    folders = [str(Path(folder).absolute()) for folder in search_path.split(os.pathsep) if folder]
    if _is_hidden(search_path):
        return [str(ROOT), *(folder for folder in folders if Path(folder) != ROOT)]
    if not _is_installed() and str(ROOT) not in folders:
        folders.append(str(ROOT))
    return folders


def _is_hidden(search_path: str) -> bool:
    """Return whether a folder of a ``PYTHONPATH`` has a package of our names, and comes first."""
    for folder in (Path(folder) for folder in search_path.split(os.pathsep) if folder):
        if folder.resolve() == ROOT:
            return False
        if any((folder / name).is_dir() or (folder / f"{name}.py").exists() for name in _PACKAGES):
            return True
    return False


def _is_installed() -> bool:
    """Return whether every Python of this environment finds the harness by itself."""
    folders = [*site.getsitepackages(), site.getusersitepackages()]
    return ROOT in {Path(folder).resolve() for folder in folders}


def cpu_model() -> str:
    """Return the processor's model, empty where it is not known."""
    with contextlib.suppress(OSError, UnicodeDecodeError):
        for line in CPUINFO.read_text(encoding="utf-8").splitlines():
            name, _, model = line.partition(":")
            if name.strip() == "model name" and model.strip():
                return model.strip()
    return platform.processor()
