"""The client's types hold."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.servers.client.double import CLIENT

_TSC = shutil.which("tsc")
needs_tsc = pytest.mark.skipif(
    _TSC is None, reason="tsc is not on PATH: npm install --global typescript"
)


def _check(project: Path) -> subprocess.CompletedProcess[str]:
    assert _TSC is not None
    return subprocess.run(
        [_TSC, "-p", str(project)], capture_output=True, text=True, timeout=300, check=False
    )


@needs_tsc
def test_the_client_passes_the_strict_type_check() -> None:
    result = _check(CLIENT)
    assert result.returncode == 0, result.stdout


@needs_tsc
def test_the_type_check_sees_a_wrong_type(tmp_path: Path) -> None:
    client = shutil.copytree(CLIENT, tmp_path / "client")
    recorder = client / "recorder.js"
    recorder.write_text(recorder.read_text() + "\nnew Recorder({ subject: 7 });\n")
    result = _check(client)
    assert result.returncode != 0
    assert "recorder.js" in result.stdout
