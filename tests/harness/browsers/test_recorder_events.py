"""Every text that a page reports becomes a row: an event of the contract or `unrecognised`."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from harness.browsers.recorder_events import event_row, queue_rows
from harness.ledger.kinds.base import names_of
from harness.ledger.kinds.client import (
    Attempt,
    PageDefectReached,
    RecorderEvent,
    Transport,
    Unrecognised,
)

ROOT = Path(__file__).resolve().parents[3]
EVENT = {"type": "attempt", "at": 5.25, "tab": "t", "user": "ann", "queueDepth": 2, "inFlight": 1}


def row(**changed: Any) -> Any:
    return event_row(json.dumps({**EVENT, **changed}), "bob", "own")


def test_an_event_of_the_contract_has_its_fields() -> None:
    attempt = row(batch="b", attempt=2, transport="beacon", artworks=["a"], bytes=9, delayMs=1.5)
    assert attempt == Attempt(
        user="ann",
        tab="t",
        page_wall_ns=5_250_000,
        batch="b",
        attempt=2,
        transport=Transport.BEACON,
        artworks=("a",),
        queue_depth=2,
        in_flight=1,
        body_bytes=9,
        delay_ms=1.5,
    )


def test_an_event_without_a_user_is_the_visitors() -> None:
    assert row(user=None).user == "bob"


def test_fields_outside_the_contract_are_kept() -> None:
    assert row(mood="good").more == {"mood": "good"}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (json.dumps({**EVENT, "type": "zoom"}), "unknown type 'zoom'"),
        (json.dumps({**EVENT, "type": "tab_closed"}), "unknown type 'tab_closed'"),
        (json.dumps({**EVENT, "type": 7}), r"Expected `str`, got `int` - at `$.type`"),
        (json.dumps({**EVENT, "attempt": "2"}), "$.attempt"),
        (json.dumps({**EVENT, "attempt": 2**40}), "$.attempt"),
        (json.dumps({**EVENT, "at": 1e300}), "$.at"),
        (json.dumps({**EVENT, "transport": "pigeon"}), "$.transport"),
        (json.dumps({**EVENT, "artworks": ["\ud800"]}), "truncated"),
        (json.dumps([1]), "Expected `object`"),
        ("{", "truncated"),
        ("[" * 100_000, "recursion"),
        ("", "truncated"),
    ],
)
def test_an_unrecognised_text_is_kept_unchanged(text: str, problem: str) -> None:
    unrecognised = event_row(text, "bob", "own")
    assert isinstance(unrecognised, Unrecognised)
    assert problem in unrecognised.problem
    assert unrecognised.text == text[:10_000]
    assert unrecognised.user == "bob"
    assert unrecognised.tab in ("t", "own")


@pytest.mark.parametrize(
    ("telemetry", "depth"),
    [({"queueDepth": 3, "inFlight": 1}, (3, 1)), ({"queueDepth": 0}, (0, 0)), ({}, (2, 0))],
)
def test_a_pages_telemetry_has_its_depth(telemetry: dict[str, int], depth: tuple[int, int]) -> None:
    """A page that counts nothing has as many as it lists: to take that for none made a page that
    was closed with views under way look as if it contradicted itself."""
    [queue] = queue_rows("ann", "t", ["a", "b"], telemetry)
    assert (queue.queue_depth, queue.in_flight) == depth
    assert queue.telemetry == telemetry


@pytest.mark.parametrize("telemetry", [None, [1], {"queueDepth": "3"}, {"inFlight": -1}])
def test_malformed_telemetry_becomes_a_row_of_its_own(telemetry: Any) -> None:
    queue, wrong = queue_rows("ann", "t", ["a"], telemetry)
    assert queue.artworks == ("a",)
    assert isinstance(wrong, Unrecognised)
    assert json.loads(wrong.text) == telemetry


OF_THE_CONTRACT = names_of([RecorderEvent]) - names_of([PageDefectReached])
"""No recorder reports that the switch of a seeded defect was reached: the defect does."""


def test_the_recorder_emits_the_events_that_the_ledger_knows() -> None:
    """The client's own sources, the contract and the types name the same events."""
    sources = "".join(
        (ROOT / "servers" / "client" / name).read_text(encoding="utf-8")
        for name in ("recorder.js", "delivery.js", "transports.js")
    )
    emitted = set(re.findall(r'emit\("(\w+)"', sources))
    # `delivery.js` emits the outcome's kind, or for a beacon what became of it.
    outcomes = set(re.findall(r'kind: "(\w+)"', sources)) - {"queued"}
    beacons = set(re.findall(r'"(beacon_(?:queued|refused))"', sources))
    assert emitted | outcomes | beacons == OF_THE_CONTRACT


def test_the_contract_lists_the_events_that_the_ledger_knows() -> None:
    contract = (ROOT / "docs" / "target-contract.md").read_text(encoding="utf-8")
    section = contract.partition("## 3. Events")[2].partition("\n## ")[0]
    first_cells = re.findall(r"^\| (`[^|]+) \|", section, flags=re.MULTILINE)
    listed = {name for cell in first_cells for name in re.findall(r"`(\w+)`", cell)}
    assert listed == OF_THE_CONTRACT
