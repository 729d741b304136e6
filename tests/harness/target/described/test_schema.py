"""The JSON Schema of a target file is published as it is made."""

from __future__ import annotations

import json
from pathlib import Path

from harness.target.described.schema import SCHEMA_FILE, schema_text, write_schema


def test_the_published_schema_is_that_of_the_form() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text()


def test_every_table_is_closed_and_described(tmp_path: Path) -> None:
    write_schema(tmp_path / "schema.json")
    tables = json.loads((tmp_path / "schema.json").read_text())["$defs"]
    assert {
        "TargetFile",
        "BatchTable",
        "SignInTable",
        "TruthTable",
        "SqlTable",
        "ResetTable",
    } <= tables.keys()
    for name, table in tables.items():
        assert table["additionalProperties"] is False, name
        assert "\n" not in table["description"], name
