"""What a comparison prints for machines is what is documented, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import msgspec
import pytest

from harness.ledger.json_files import encode_record
from reports.compare import record
from reports.compare.record import (
    COMPARE_SCHEMA,
    ComparedRecord,
    ComparedSide,
    EnvironmentDifference,
    FatesCompared,
    FigureCompared,
    FindingCompared,
    SideFates,
    VerdictCompared,
)
from reports.compare.words import CHANGE_WORDS, FATES_WORDS, FIGURE_WORDS
from tests import ROOT
from tests.documents.fields import documented, written
from tests.reports.compared import compared, experiments, visits
from tests.reports.experiment_builder import four_arms

DOCUMENT = ROOT / "docs" / "compare-schema.md"


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("The comparison", ComparedRecord),
        ("A side", ComparedSide),
        ("A difference of environment", EnvironmentDifference),
        ("Fates", FatesCompared),
        ("Fates of one side", SideFates),
        ("A verdict", VerdictCompared),
        ("A check", FindingCompared),
        ("A figure", FigureCompared),
    ],
)
def test_every_field_is_documented_in_its_order_with_its_type(
    heading: str, kind: type[msgspec.Struct]
) -> None:
    assert documented(DOCUMENT, heading) == written(kind)


def test_the_version_and_every_word_are_documented() -> None:
    text = DOCUMENT.read_text()
    assert f"version of this format: `{COMPARE_SCHEMA}`" in text
    words = [record.Outcome, record.Kind, record.FatesReading, record.FigureReading, record.Change]
    assert [word for kind in words for word in get_args(kind) if f"`{word}`" not in text] == [""]


def test_every_word_has_one_for_readers() -> None:
    assert set(FATES_WORDS) == set(get_args(record.FatesReading))
    assert set(CHANGE_WORDS) == set(get_args(record.Change))
    assert set(FIGURE_WORDS) == set(get_args(record.FigureReading))


def test_it_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    for found in (
        compared(tmp_path / "1", visits(0, 1), visits(2, 1)),
        experiments(tmp_path / "2", four_arms(), four_arms(lost={})),
    ):
        written = encode_record(found, "the comparison")
        assert msgspec.json.decode(written, type=ComparedRecord) == found
