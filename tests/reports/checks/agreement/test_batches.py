"""Batches that arrived otherwise than they were sent, changed, or had two senders."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from harness.ledger.kinds.client import Adopted, Attempt, PageShow, Recorded, TabKilled
from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.ledgers import FAIL, PASS, UNKNOWN, HandWritten, find, lived

REFUSED: dict[str, Any] = {"inserted": 0, "committed_mono_ns": None, "committed_wall_ns": None}


def sent(*receipts: dict[str, Any], **page: Any) -> HandWritten:
    """A page sends a and b in one batch; these receipts are of it."""
    ledger = lived().request("b", 1.0, artworks=("a", "b"), **page)
    for number, receipt in enumerate(receipts):
        ledger.receipt(receipt.pop("artworks", ["a", "b"]), 1.04 + number, **receipt)
    return ledger


def loaded(*artworks: str, **receipt: Any) -> HandWritten:
    ledger = lived().sent(1.0, artworks=("a", "b"), batch="l")
    return ledger.receipt(artworks, 1.003, batch="l", **receipt)


def adopted(*artworks: str) -> HandWritten:
    """The page that sent a and b died; its heir sends what it found on disk."""
    ledger = sent({}).saw(1.5, TabKilled(user="ann", tab="tab-1"))
    ledger.saw(2.0, Adopted(user="ann", tab="heir", artworks=artworks, reason="tab-1"))
    ledger.request("b", 2.1, attempt=3, tab="heir", artworks=artworks)
    return ledger.receipt(artworks, 2.14, attempt=3, inserted=0, duplicate=len(artworks))


def by_two_tabs(*, heir: bool) -> HandWritten:
    ledger = sent({}).request("b", 2.0, attempt=2, tab="other", artworks=("a", "b"))
    return ledger.saw(1.9, Adopted(user="ann", tab="other", reason="tab-1")) if heir else ledger


def by_two_pages_of_one_id(apart_s: float) -> HandWritten:
    ledger = sent({})
    row = {"batch": "b", "attempt": 1, "transport": "fetch", "artworks": ("a", "b")}
    return ledger.reported(Attempt, 1.0 + apart_s, **row)


def recorded(batch: str = "b", *artworks: str, **receipt: Any) -> HandWritten:
    """A page records a and b for batch b; these artworks are stored in this batch."""
    ledger = lived()
    for artwork in "ab":
        ledger.reported(Recorded, 0.5, batch="b", artworks=(artwork,))
    return ledger.receipt(artworks or ("a", "b"), 1.04, batch=batch, **receipt)


def out_of_the_cache() -> HandWritten:
    return recorded("c").reported(PageShow, 0.9, reason="persisted=true isTrusted=true")


CASES = [
    *cases(
        "batches_named",
        {},
        as_recorded=(recorded, PASS, "each of 1 batches has an id that a page names"),
        of_another_id=(lambda: recorded("b-2"), FAIL, "1 of 1 batches were stored under ids that"),
        in_two_parts=(lambda: recorded("b-2", "a"), FAIL),
        split_by_the_page=(
            lambda: recorded("c", "a").request("c", 1.0, artworks=("a",)),
            PASS,
        ),
        refused=(lambda: recorded("b-2", status=409, **REFUSED), UNKNOWN),
        with_an_id_whose_record_was_not_heard=(lambda: recorded("c", "a", "z"), UNKNOWN),
        of_a_page_that_reports_nothing=(lambda: recorded("c", tab="tab-9"), UNKNOWN),
        out_of_the_cache=(out_of_the_cache, UNKNOWN),
    ),
    *cases(
        "batches_as_sent",
        {},
        as_sent=(lambda: sent({}), PASS, "1 requests arrived as they were sent"),
        in_another_order=(lambda: sent({"artworks": ["b", "a"]}), PASS),
        by_a_beacon_they_say=(
            lambda: sent({"transport": "beacon"}),
            FAIL,
            "1 arrived with other ids or another way",
        ),
        by_what_they_do_not_say=(lambda: sent({"transport": None}), PASS),
        by_what_the_page_does_not_say=(lambda: sent({}, transport=None), PASS),
        the_first_part_only=(lambda: sent({"artworks": ["a"]}), FAIL, "1 arrived with other ids"),
        an_id_altered=(lambda: sent({"artworks": ["a", "B"]}), FAIL),
        an_id_twice=(lambda: sent({"artworks": ["a", "b", "b"]}), FAIL),
        for_another_user=(lambda: sent({"user": "bob"}), FAIL, "1 were committed for another"),
        refused_to_another_user=(lambda: sent({"user": "bob", "status": 409, **REFUSED}), PASS),
        of_another_attempt=(lambda: sent({"attempt": 2}), UNKNOWN),
        no_receipt=(lambda: sent(), UNKNOWN),
        a_load=(lambda: loaded("a", "b"), PASS),
        a_load_cut_short=(lambda: loaded("a"), FAIL),
        a_load_for_another_user=(lambda: loaded("a", "b", user="bob"), FAIL),
    ),
    *cases(
        "batches_keep_content",
        {},
        once=(lambda: sent({}), PASS, "each of 1 batches kept"),
        again=(lambda: sent({}, {"attempt": 2}), PASS),
        grown=(lambda: sent({}, {"attempt": 2, "artworks": ["a", "b", "c"]}), FAIL, "2 different"),
        of_another_tab=(lambda: sent({}, {"attempt": 2, "tab": "other"}), FAIL, "names 2 tabs"),
        of_another_tab_and_grown=(
            lambda: sent({}, {"attempt": 2, "tab": "other", "artworks": ["a", "b", "c"]}),
            FAIL,
            "1 of 1 batches changed",
        ),
        of_a_tab_without_a_name=(lambda: sent({}, {"attempt": 2, "tab": None}), PASS),
        for_two_users=(lambda: sent({}, {"attempt": 2, "user": "bob"}), FAIL, "for 2 users"),
        refused_to_another_user=(
            lambda: sent({}, {"attempt": 2, "user": "bob", "status": 409, **REFUSED}),
            PASS,
        ),
        less_on_disk_than_was_sent=(lambda: adopted("a"), PASS),
        other_ids_on_disk=(lambda: adopted("a", "c"), FAIL, "2 different sets of ids"),
        by_an_heir=(lambda: by_two_tabs(heir=True), PASS),
        by_a_stranger=(lambda: by_two_tabs(heir=False), FAIL, "sent by 2 tabs"),
        by_two_pages_of_one_id=(lambda: by_two_pages_of_one_id(0.5), FAIL, "twice by its page"),
        reported_twice=(lambda: by_two_pages_of_one_id(0.0), PASS),
        nameless=(lambda: lived().receipt(["a"], 1.0, batch=None), UNKNOWN),
    ),
]

test_each_case = every_case_holds(CASES)


def test_what_is_wrong_is_counted_and_eight_are_named(tmp_path: Path) -> None:
    ledger = lived()
    for number in range(12):
        ledger.sent(1.0 + number, artworks=("a", "b"), batch=f"l{number}")
        ledger.receipt(["a"], 1.003 + number, batch=f"l{number}")
    finding = find("batches_as_sent", ledger, tmp_path)
    assert (finding.measured, finding.n, len(finding.examples)) == (12, 12, 8)
    assert finding.examples[0] == "batch l0 attempt 1 arrived with other ids"
