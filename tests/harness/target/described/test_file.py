"""The form of a target file: each mistake names the file and the line."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.core.errors import UsageError
from harness.target.described.file import read_target_file
from tests.harness.described_files import SMALL, written


def test_a_described_system_is_read(tmp_path: Path) -> None:
    file = read_target_file(written(tmp_path))
    assert file.delivery == "at-least-once"
    assert file.batch is not None
    assert file.batch.method == "POST"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (('path = "/views"', "path = 5"), "shop.toml:7: [batch] path is 5, it must be text"),
        (("[truth]\n", "[truht]\n"), "unknown key truht"),
        (("settle_s = 2", "settle_s = 500"), "shop.toml:14: [truth]"),
        (
            ("at-least-once", "maybe"),
            "shop.toml:4: delivery is 'maybe', it must be one of 'exactly-once', 'at-least-once'",
        ),
        (('"/views"\nbody', '"views"\nbody'), "[batch] path is 'views', it must be text"),
        (("format = 1", "format = 9"), "format is 9, expected 1"),
    ],
)
def test_a_mistake_names_its_line(tmp_path: Path, change: tuple[str, str], words: str) -> None:
    path = written(tmp_path, SMALL, change)
    with pytest.raises(UsageError) as caught:
        read_target_file(path)
    assert words in caught.value.line
