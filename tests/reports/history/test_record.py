"""The schema of a trend is documented field by field."""

from __future__ import annotations

import json

import msgspec

from harness.ledger.json_files import encode_record
from reports.history import record
from reports.history.record import TrendRecord
from tests import ROOT
from tests.benchmarks.trend.planted import FATE, STEP, trend_of

DOCUMENT = (ROOT / "docs" / "trend-schema.md").read_text(encoding="utf-8")


def test_every_field_is_documented() -> None:
    for one in vars(record).values():
        if isinstance(one, type) and issubclass(one, msgspec.Struct):
            for field in one.__struct_fields__:
                assert f"| `{field}` |" in DOCUMENT, f"{one.__name__}.{field}"


def test_it_is_written_and_read_back() -> None:
    found = trend_of(seed=1, steps=(STEP,), broken=(FATE,))
    content = encode_record(found, "the trend")
    assert json.loads(content)["schema"] == record.TREND_SCHEMA
    assert msgspec.json.decode(content, type=TrendRecord) == found
