"""The documented schema of verdict.json names what is written, and nothing else."""

from __future__ import annotations

import re

from harness.core.errors import ExitCode
from reports.evidence.fates import FATE_MEANINGS
from reports.verdict.verdict import SCHEMA, NotRunKind, Verdict, suite_to_json
from tests import ROOT
from tests.reports.matrix_samples import browsers_suite
from tests.reports.report_samples import every_kind

DOCUMENT = ROOT / "docs" / "verdict-schema.md"


def first_column(heading: str) -> list[str]:
    """The words in the first column of the table below a heading."""
    section = DOCUMENT.read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(r"^\| `?([a-z_0-9]+)`? \|", section, re.MULTILINE)[1:]


def test_every_field_is_documented_in_its_order() -> None:
    suite = suite_to_json(every_kind())
    cell = suite["cells"][0]
    assert first_column("The suite") == list(suite)
    assert first_column("A cell") == list(cell)
    assert first_column("A column") == list(suite_to_json(browsers_suite())["columns"][0])
    assert first_column("A finding") == list(cell["findings"][0])


def test_the_version_is_the_one_that_is_written() -> None:
    assert f"version of this format: `{SCHEMA}`" in DOCUMENT.read_text()


def test_fates_and_exit_codes_are_complete() -> None:
    assert first_column("Fates") == list(FATE_MEANINGS)
    assert sorted(map(int, first_column("Exit codes"))) == sorted(ExitCode)


def test_every_word_for_a_verdict_is_documented() -> None:
    text = DOCUMENT.read_text()
    for word in [*(v.value for v in Verdict), *(k.value for k in NotRunKind)]:
        assert f"`{word}`" in text
