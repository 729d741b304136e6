"""A folder whose every file would break what read or imported it."""

from __future__ import annotations

from pathlib import Path

_BREAKS = "raise RuntimeError('imported from the current folder')\n"
FILES = {
    "pytest.ini": "[pytest]\naddopts = --no-such-option\n",
    "tox.ini": "[pytest]\naddopts = --no-such-option\n",
    "setup.cfg": "[tool:pytest]\naddopts = --no-such-option\n",
    "pyproject.toml": "[tool.pytest.ini_options]\naddopts = '--no-such-option'\n"
    "[tool.locust]\nlocustfile = 'none.py'\nweb-port = 'none'\n",
    "locust.conf": "locustfile = none.py\nusers = none\n",
    "conftest.py": _BREAKS,
    "typing.py": _BREAKS,
    "pytest.py": _BREAKS,
    "locust.py": _BREAKS,
    **{f"{name}/__init__.py": _BREAKS for name in ("harness", "reports", "scenarios", "servers")},
}
ENVIRONMENT = {"PYTEST_ADDOPTS": "--no-such-option", "PYTEST_PLUGINS": "no.such.plugin"}
"""What a user may have set for a pytest of their own."""


def make_hostile(folder: Path) -> Path:
    """Fill a new folder with such files; return it."""
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder
