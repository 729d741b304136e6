"""A module is imported when it is first used."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from harness.core.lazy import LazyModule


def test_a_module_is_imported_at_its_first_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "seldom_used.py").write_text("WORTH = 7\n")
    monkeypatch.syspath_prepend(tmp_path)
    module = LazyModule("seldom_used")
    assert "seldom_used" not in sys.modules
    assert module.WORTH == 7
    assert "seldom_used" in sys.modules
    monkeypatch.delitem(sys.modules, "seldom_used")


def test_a_module_that_is_missing_is_named_where_it_is_used() -> None:
    module = LazyModule("no.such.module")
    with pytest.raises(ModuleNotFoundError, match="No module named 'no'"):
        _ = module.anything


SELDOM_NEEDED = ("scipy.special", "selenium.webdriver")


@pytest.mark.slow
def test_no_command_pays_for_what_few_need() -> None:
    loaded = f"[name for name in {SELDOM_NEEDED!r} if name in sys.modules]"
    program = f"import sys, harness.cli.main; print({loaded}, 'harness.cli.main' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["[]", "True"]
