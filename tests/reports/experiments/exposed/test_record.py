"""The JSON of an experiment on users."""

from __future__ import annotations

import json

import pytest

from harness.ledger.json_files import encode_record
from reports.experiments.exposed.record import exposed_record
from tests.reports.experiments.exposed.users import BROKEN, SOUND, analysed


def test_the_record_has_what_the_table_shows() -> None:
    content = json.loads(encode_record(exposed_record(SOUND), "it"))
    assert (content["schema"], content["control"], content["margin_percent"]) == (1, "a", 5)
    assert content["sample_ratio_mismatch"] is False
    assert content["variants"][1] == {"variant": "b", "share": 1, "exposed": 400, "expected": 400}
    (one,) = content["comparisons"]
    difference = SOUND.comparisons[0].difference
    assert difference is not None
    assert (one["verdict"], one["level"], one["low"]) == ("better", 0.95, difference.low)
    assert one["difference_percent"] == pytest.approx(20, abs=2)


def test_what_is_not_known_is_null() -> None:
    assert exposed_record(BROKEN).comparisons[0].verdict == "unknown"
    content = json.loads(encode_record(exposed_record(analysed({"a": [1.0, 2.0]})), "it"))
    (one,) = content["comparisons"]
    assert [one[key] for key in ("mean", "low", "difference_percent", "p")] == [None] * 4
