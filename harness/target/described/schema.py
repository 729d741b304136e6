"""The JSON Schema of a target file, for editors: a ``#:schema`` line at its top names it.

``python -m harness.target.described.schema`` writes docs/target.schema.json.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from harness.core.environment import ROOT
from harness.target.described.file import TargetFile

SCHEMA_NAME = "target.schema.json"
SCHEMA_FILE = ROOT / "docs" / SCHEMA_NAME


def schema_text() -> str:
    """Return the schema (JSON Schema 2020-12) as the file holds it."""
    found = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A target file of the impression harness",
        **_in_one_line(msgspec.json.schema(TargetFile)),
    }
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


def _in_one_line(schema: Any) -> Any:
    """Return a schema whose descriptions, which are docstrings, have neither breaks nor markup."""
    if isinstance(schema, list):
        return [_in_one_line(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: _in_one_line(value) for key, value in schema.items()}
    if isinstance(found.get("description"), str):
        found["description"] = " ".join(found["description"].replace("``", "`").split())
    return found


def write_schema(path: Path = SCHEMA_FILE) -> None:
    """Write the schema. Raises OSError."""
    path.write_text(schema_text(), encoding="utf-8")


if __name__ == "__main__":
    write_schema()
