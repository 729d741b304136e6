"""Events of pages that the harness never heard."""

from __future__ import annotations

from typing import Any

from harness.ledger.kinds.client import Recorded, RecorderLeftOut, TabKilled
from harness.ledger.kinds.network import BrowserUsed
from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.ledgers import PASS, UNKNOWN, HandWritten, healthy


def reported(*artworks: str) -> HandWritten:
    """a and b are shown and arrive; their page reports that it recorded these."""
    ledger = healthy()
    for artwork in artworks:
        ledger.reported(Recorded, 1.05, artworks=(artwork,), batch="b")
    return ledger


def on_a_device() -> HandWritten:
    facts: dict[str, Any] = {"name": "d", "product": "p", "version": "1", "platform": "x"}
    return reported("a").saw(0.1, BrowserUsed(**facts, kind="device"))


CASES = cases(
    "page_events_whole",
    {},
    all_of_them=(lambda: reported("a", "b"), PASS, "all 2 views"),
    one_was_shown_twice=(lambda: reported("a", "b").shown("a", 2.0), PASS, "all 2 views"),
    one_was_lost=(lambda: reported("a"), UNKNOWN, "1 of 2 views arrived that their page never"),
    never_arrived=(lambda: reported("a", "b").shown("c", 2.0), PASS),
    arrived_in_anothers_name=(
        lambda: reported("a", "b").shown("c", 2.0).receipt(["c"], 2.1, tab="other"),
        PASS,
    ),
    killed=(lambda: reported("a").saw(3.0, TabKilled(user="ann", tab="tab-1")), UNKNOWN, "no page"),
    a_script_sends=(
        lambda: reported("a").saw(0.5, RecorderLeftOut(user="ann", tab="tab-1")),
        UNKNOWN,
        "no page",
    ),
    a_device=(on_a_device, UNKNOWN, "no page"),
    without_such_events=(healthy, UNKNOWN, "no page"),
)

NEVER_FAILS = {"page_events_whole": "what the harness did not hear is no fault of the target"}

test_each_case = every_case_holds(CASES)
