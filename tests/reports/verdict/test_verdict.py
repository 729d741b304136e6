"""The documented schema of verdict.json names what is written, and nothing else."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import msgspec
import pytest
from msgspec import inspect
from msgspec.structs import replace

from harness.core.errors import ExitCode
from harness.ledger.json_files import write_record
from harness.ledger.rundir import Condition
from reports.evidence.fates import FATE_MEANINGS
from reports.verdict.roadmap_columns import BrowserSeen, ColumnState
from reports.verdict.verdict import SCHEMA, Cell, Finding, NotRunKind, SuiteVerdict, Verdict
from tests import ROOT
from tests.reports.matrix_samples import browsers_suite
from tests.reports.report_samples import every_kind

DOCUMENT = ROOT / "docs" / "verdict-schema.md"


def table(heading: str) -> list[tuple[str, str]]:
    """The first two cells of each line of the table below a heading, back quotes left out."""
    section = DOCUMENT.read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(r"^\| `?([a-z_0-9]+)`? \| (.*?) \|", section, re.MULTILINE)[1:]


def first_column(heading: str) -> list[str]:
    return [first for first, _ in table(heading)]


def words_of(kind: inspect.Type) -> str:
    """What the document calls a type."""
    if isinstance(kind, inspect.UnionType):
        kinds = [words_of(one) for one in kind.types if not isinstance(one, inspect.NoneType)]
        return f"{' or '.join(kinds)} or null"
    if isinstance(kind, inspect.VarTupleType):
        return "array of strings" if isinstance(kind.item_type, inspect.StrType) else "array"
    words = {
        inspect.StrType: "string",
        inspect.EnumType: "string",
        inspect.IntType: "integer",
        inspect.FloatType: "number",
        inspect.BoolType: "boolean",
        inspect.DictType: "object",
        inspect.StructType: "object",
        inspect.TupleType: "array of two numbers",
    }
    return words[type(kind)]


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("The suite", SuiteVerdict),
        ("A cell", Cell),
        ("A condition", Condition),
        ("A browser", BrowserSeen),
        ("A column", ColumnState),
        ("A finding", Finding),
    ],
)
def test_every_field_is_documented_in_its_order_with_its_type(
    heading: str, kind: type[msgspec.Struct]
) -> None:
    known = inspect.type_info(kind)
    assert isinstance(known, inspect.StructType)
    fields = [(field.name, words_of(field.type)) for field in known.fields]
    assert [
        (name, text.replace(", or null", " or null")) for name, text in table(heading)
    ] == fields


def test_the_file_is_read_back_as_the_suite_that_was_written(tmp_path: Path) -> None:
    suite = browsers_suite()
    write_record(tmp_path / "verdict.json", suite)
    assert msgspec.json.decode((tmp_path / "verdict.json").read_bytes(), type=SuiteVerdict) == suite


def test_a_figure_that_is_not_finite_is_null_and_hostile_text_stays_text(tmp_path: Path) -> None:
    suite = every_kind()
    finding = Finding(
        check="c",
        verdict=Verdict.FAIL,
        summary="\ud83d",
        measured=math.inf,
        interval=(1.0, math.inf),
    )
    cell = replace(suite.cells[0], findings=(finding,), measures={"wait_ms": math.nan})
    write_record(tmp_path / "verdict.json", replace(suite, cells=(cell,)))
    read = json.loads((tmp_path / "verdict.json").read_bytes())["cells"][0]
    assert read["findings"][0]["measured"] is None
    assert read["findings"][0]["interval"] == [1.0, None]
    assert read["findings"][0]["summary"] == "\ufffd"
    assert read["measures"] == {"wait_ms": None}


def test_the_version_is_the_one_that_is_written() -> None:
    assert f"version of this format: `{SCHEMA}`" in DOCUMENT.read_text()


def test_fates_and_exit_codes_are_complete() -> None:
    assert first_column("Fates") == list(FATE_MEANINGS)
    assert sorted(map(int, first_column("Exit codes"))) == sorted(ExitCode)


def test_every_word_for_a_verdict_is_documented() -> None:
    text = DOCUMENT.read_text()
    for word in [*(v.value for v in Verdict), *(k.value for k in NotRunKind)]:
        assert f"`{word}`" in text
