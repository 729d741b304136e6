"""Which impressions one request alone carried, as a generator and the relay count requests."""

from __future__ import annotations

from pathlib import Path

from harness.core.outcome import Outcome
from harness.ledger.kinds.wire import WireRow
from reports.evidence.table.sent_once import sent_once
from tests.reports.ledgers import USER, HandWritten, evidence_of, lived


def arrived(ledger: HandWritten, *artworks: str, user: str | None = USER) -> HandWritten:
    """One request arrived at the relay."""
    row = WireRow(
        arrived_ns=2_000_000_000,
        last_byte_ns=2_020_000_000,
        method="POST",
        path="/views",
        sha256="00",
        body_bytes=10,
        user=user,
        artworks=artworks,
        outcome=Outcome.ACKNOWLEDGED,
        status=200,
    )
    return ledger.saw(2.0, row)


def shown(*artworks: str) -> HandWritten:
    ledger = lived()
    for artwork in artworks:
        ledger.shown(artwork, 1.0)
    return ledger


def found(ledger: HandWritten, folder: Path) -> dict[str, bool]:
    evidence = evidence_of(ledger.final(9.0, a=2), folder)
    impressions = evidence.fates.impressions
    flags = sent_once(evidence.ledger, impressions)
    assert sent_once(evidence.ledger, impressions.iloc[:0]).tolist() == []
    return dict(zip(impressions["artwork"].astype(str), flags.tolist(), strict=True))


def test_a_load_sent_one_once_and_another_again(tmp_path: Path) -> None:
    ledger = shown("a", "b", "c")
    ledger.sent(1.1, artworks=["a", "b"]).sent(1.2, artworks=["b"], attempt=2)
    assert found(ledger, tmp_path) == {"a": True, "b": False, "c": False}


def test_the_relay_saw_one_once_and_another_again(tmp_path: Path) -> None:
    ledger = arrived(arrived(shown("a", "b"), "a", "b"), "b")
    assert found(ledger, tmp_path) == {"a": True, "b": False}


def test_what_names_no_user_counts_for_everyone(tmp_path: Path) -> None:
    ledger = arrived(arrived(shown("a", "b"), "a", "b", user=None), "b")
    assert found(ledger, tmp_path) == {"a": True, "b": False}


def test_another_users_request_is_none_of_theirs(tmp_path: Path) -> None:
    ledger = arrived(arrived(shown("a"), "a"), "a", user="zoe")
    assert found(ledger, tmp_path)["a"]


def test_a_load_and_a_page_add_up(tmp_path: Path) -> None:
    ledger = arrived(shown("a").sent(1.1, artworks=["a"]), "a")
    assert found(ledger, tmp_path) == {"a": False}


def test_without_a_witness_of_requests_nothing_is_known(tmp_path: Path) -> None:
    assert found(shown("a"), tmp_path) == {"a": False}
