"""The page of target files has every table, key and scenario."""

from __future__ import annotations

import msgspec

from harness.cli.described import OF_A_FILE, target_file_page
from harness.target.capabilities import Capability
from harness.target.described.file import TargetFile
from scenarios.catalogue.declare import load_all

PAGE = target_file_page("Made by a test.")


def test_every_key_of_every_table_is_on_the_page() -> None:
    tables = msgspec.json.schema(TargetFile)["$defs"]
    sections = PAGE.split("\n## ")
    for name, table in tables.items():
        if name in ("ServerTable", "DatabaseTable"):  # for servers in Python: target-contract.md
            continue
        rows = {f"\n| `{key}` | " for key in table["properties"]}
        assert any(all(row in section for row in rows) for section in sections), name


def test_every_scenario_is_named_once() -> None:
    runs, _, never = PAGE.partition("## Scenarios that run")[2].partition("## Scenarios that do")
    assert all((f"`{name}`" in runs) != (f"| `{name}` |" in never) for name in load_all())
    assert "| `[page]` | " in runs
    assert "| `claimed_subject` | batches that name the user whose views they carry |" in never


def test_what_a_file_cannot_offer_is_no_capability_of_one() -> None:
    assert Capability.RECEIPTS not in OF_A_FILE
    assert Capability.PAGE in OF_A_FILE
