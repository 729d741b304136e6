"""Locust with a defect: its arguments, and the file of hits."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from defects import generator_variant


def test_hits_are_appended_one_number_a_line(tmp_path: Path) -> None:
    file = tmp_path / "hits.txt"
    fd = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    generator_variant._append(fd, 1)
    generator_variant._append(fd, 22)
    os.close(fd)
    assert file.read_text().split() == ["1", "22"]


def test_a_defect_of_another_part_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generator_variant.importlib, "import_module", lambda name: None)
    monkeypatch.setattr(generator_variant, "find", lambda name: type("Other", (), {"id": name})())
    with pytest.raises(SystemExit, match="no defect of a load generator"):
        generator_variant.main(["other", str(tmp_path / "hits.txt"), "--headless"])
