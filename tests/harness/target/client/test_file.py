"""The file that says which client is under test."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.core.errors import UsageError
from harness.target.client.file import read_client_file
from tests.harness.target.client.facts import client_facts, client_file


def test_it_comes_back_as_it_was_written(tmp_path: Path) -> None:
    facts = client_facts(version="1.2.3")
    assert read_client_file(client_file(tmp_path, facts)) == facts
    assert facts.title == "seen@1.2.3"
    assert client_facts().title == "seen"


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"name": 7}'])
def test_what_is_no_client_file_is_refused_by_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "client.json"
    path.write_text(text)
    with pytest.raises(UsageError, match=r"client\.json describes no client"):
        read_client_file(path)
    with pytest.raises(UsageError, match="describes no client"):
        read_client_file(tmp_path / "none.json")
