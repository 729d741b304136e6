"""A child's environment holds what the harness set and a short list of the caller's variables."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.core import environment
from harness.core.environment import (
    DATABASE_VARIABLE,
    ROOT,
    child_environment,
    download_environment,
    take_own_environment,
)
from tests.hostile import ENVIRONMENT, make_hostile

_IMPORTS = "import typing, harness, servers; print(harness.__file__)"


def test_a_folder_full_of_namesakes_changes_nothing(tmp_path: Path) -> None:
    folder = make_hostile(tmp_path / "folder")
    done = subprocess.run(
        [sys.executable, "-c", _IMPORTS],
        cwd=folder,
        env=child_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()).parent.parent == ROOT


def test_what_is_for_other_programs_does_not_reach_a_child() -> None:
    found = child_environment(ENVIRONMENT | {"PATH": "/bin", "HOME": "/ann"})
    assert not [name for name, value in ENVIRONMENT.items() if found.get(name) == value]
    assert (found["PATH"], found["HOME"], found["TZ"]) == ("/bin", "/ann", "UTC")


def test_what_the_caller_names_reaches_every_child_and_replaces_what_we_set() -> None:
    given = {"HARNESS_PASS": "LD_LIBRARY_PATH,TZ  GONE", "LD_LIBRARY_PATH": "/lib", "TZ": "NZ"}
    found = child_environment(given)
    assert (found["LD_LIBRARY_PATH"], found["TZ"]) == ("/lib", "NZ")
    assert "GONE" not in found
    assert child_environment(found)["TZ"] == "NZ"  # a child's children too


def test_what_may_hold_a_password_is_for_one_child_alone() -> None:
    assert DATABASE_VARIABLE not in child_environment({DATABASE_VARIABLE: "postgresql://"})


def test_a_download_gets_the_callers_proxy_and_certificates(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("https_proxy", "http://proxy:3128")
    monkeypatch.setenv("SSL_CERT_FILE", "/certs")
    monkeypatch.setenv("NODE_OPTIONS", "--inspect")
    found = download_environment()
    assert (found["https_proxy"], found["SSL_CERT_FILE"]) == ("http://proxy:3128", "/certs")
    assert "NODE_OPTIONS" not in found


def test_folders_of_the_user_s_stay_and_mean_the_same_elsewhere() -> None:
    given = {"PYTHONPATH": os.pathsep.join(["mine", "", "/theirs"])}
    folders = child_environment(given)["PYTHONPATH"].split(os.pathsep)
    assert folders[:2] == [str(Path.cwd() / "mine"), "/theirs"]
    assert given["PYTHONPATH"].startswith("mine")


def test_our_own_packages_come_before_a_folder_with_others_of_their_names(tmp_path: Path) -> None:
    folder = make_hostile(tmp_path / "folder")
    found = child_environment({"PYTHONPATH": f"/theirs{os.pathsep}{folder}"})
    assert found["PYTHONPATH"].split(os.pathsep) == [str(ROOT), "/theirs", str(folder)]
    assert child_environment(found)["PYTHONPATH"] == found["PYTHONPATH"]


@pytest.mark.parametrize("is_installed", [True, False])
def test_a_checkout_is_named_and_what_is_installed_is_found_anyway(
    monkeypatch: pytest.MonkeyPatch, is_installed: bool
) -> None:
    folder = str(ROOT) if is_installed else "/elsewhere"
    monkeypatch.setattr(environment.site, "getsitepackages", lambda: [folder])
    found = child_environment({})
    assert found.get("PYTHONPATH") == (None if is_installed else str(ROOT))
    assert found["PYTHONSAFEPATH"] == "1"


class Started(Exception):
    """Python would have been started anew, in this environment."""


@pytest.fixture
def process(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """Return an environment to fill, in place of this process's own."""

    def execve(path: str, argv: list[str], env: dict[str, str]) -> None:
        raise Started(env)

    found: dict[str, str] = {}
    monkeypatch.setattr(environment.os, "execve", execve)
    monkeypatch.setattr(environment.os, "environ", found)
    monkeypatch.setattr(environment, "_caller", {})
    return found


def test_the_harness_s_own_libraries_read_no_variable_of_the_callers(
    process: dict[str, str],
) -> None:
    process |= {"PGSERVICE": "theirs", "http_proxy": "http://127.0.0.1:9", "NO_COLOR": "1"}
    take_own_environment()
    assert not process.keys() & {"PGSERVICE", "http_proxy"}
    assert process["NO_COLOR"] == "1"
    assert environment.caller_environment()["PGSERVICE"] == "theirs"
    assert download_environment()["http_proxy"] == "http://127.0.0.1:9"


def test_python_is_started_anew_once_where_a_variable_has_changed_it(
    process: dict[str, str],
) -> None:
    process |= {"PYTHONOPTIMIZE": "2", "PGHOST": "kept.for.database", "LC_ALL": "xx"}
    with pytest.raises(Started) as started:
        take_own_environment()
    [again] = started.value.args
    assert "PYTHONOPTIMIZE" not in again
    assert (again["PGHOST"], again["LC_ALL"]) == ("kept.for.database", "xx")
    process.clear()
    process |= again
    take_own_environment()


def test_python_is_started_anew_where_our_packages_are_hidden(
    process: dict[str, str], tmp_path: Path
) -> None:
    process["PYTHONPATH"] = str(make_hostile(tmp_path / "folder"))
    with pytest.raises(Started) as started:
        take_own_environment()
    [again] = started.value.args
    assert again["PYTHONPATH"].split(os.pathsep)[0] == str(ROOT)
    process |= again
    take_own_environment()
