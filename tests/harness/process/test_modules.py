"""A server's module that cannot be run is found before anything starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.core.errors import UsageError
from harness.process.modules import refuse_missing_module


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of the user's modules."""
    (tmp_path / "single.py").write_text("raise SystemExit(1)\n")
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").write_text("")
    (tmp_path / "package" / "server.py").write_text("")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "__init__.py").write_text("import no_such_library\n")
    (tmp_path / "broken" / "server.py").write_text("")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("module", ["single", "package.server", "servers.ingest"])
def test_a_module_that_is_there_is_not_run(module: str, folder: Path) -> None:
    refuse_missing_module(module, named_in="my.toml")


@pytest.mark.parametrize(
    ("module", "reason"),
    [
        ("no.such.server", "there is no such module"),
        ("nowhere", "there is no such module"),
        ("package", "it is a package without __main__"),
        ("package.gone", "there is no such module"),
        ("broken.server", "No module named 'no_such_library'"),
        ("my server.py", "there is no such module"),
        ("s3cr3t", "there is no such module"),
        ("s3cr3t.pass:word/", "there is no such module"),
    ],
)
def test_one_that_is_not_is_a_usage_error_that_says_why(
    module: str, reason: str, folder: Path
) -> None:
    with pytest.raises(UsageError) as caught:
        refuse_missing_module(module, named_in="my.toml:3: [server] module")
    assert caught.value.line.startswith(f"my.toml:3: [server] module cannot be run: {reason}")
    assert "s3cr3t" not in caught.value.line, "what stands there by mistake may be a secret"
