"""The wheel of this tree, installed beside the dependencies of the Python that runs the tests."""

from __future__ import annotations

import shutil
import site
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

from tests import ROOT

PACKAGES = ("defects", "harness", "reports", "scenarios", "servers")
MODULE = "impression_harness.py"


@dataclass(frozen=True, slots=True)
class Wheel:
    """A wheel file, and the sources that it was built from."""

    file: Path
    sources: Path

    def names(self) -> set[str]:
        """Return what it holds, its metadata left out."""
        with zipfile.ZipFile(self.file) as archive:
            return {name for name in archive.namelist() if ".dist-info/" not in name}


def build_wheel(directory: Path) -> Wheel:
    """Build a wheel of a copy of the tree, without a network."""
    sources = directory / "sources"
    sources.mkdir()
    for package in PACKAGES:
        ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
        shutil.copytree(ROOT / package, sources / package, ignore=ignored)
    for name in ("pyproject.toml", "README.md", MODULE):
        shutil.copy(ROOT / name, sources / name)
    out = directory / "wheels"
    _pip("wheel", "--no-deps", "--no-build-isolation", "-w", str(out), str(sources))
    [file] = out.glob("*.whl")
    return Wheel(file, sources)


def install(wheel: Wheel, directory: Path) -> Path:
    """Install a wheel into a fresh environment; return the ``harness`` command in it.

    The environment sees the dependencies of this one, but not this tree: a line of a .pth file
    names a folder, whose own .pth files (an editable install) are not read.
    """
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(directory)], check=True)
    python = directory / "bin" / "python"
    _pip("--python", str(python), "install", "--no-deps", "--no-index", str(wheel.file))
    [packages] = directory.glob("lib/python*/site-packages")
    folders = [folder for folder in site.getsitepackages() if Path(folder).is_dir()]
    (packages / "dependencies.pth").write_text("\n".join(folders) + "\n")
    return directory / "bin" / "harness"


def _pip(*arguments: str) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
