"""What pages showed, and what the relay before the server saw arrive."""

from __future__ import annotations

from pathlib import Path

from harness.core.outcome import Outcome
from harness.ledger.kinds.wire import WireRow
from harness.target.capabilities import Promise
from reports.checks import CHECKS
from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.ledgers import FAIL, PASS, UNKNOWN, USER, HandWritten, evidence_of, lived


def carried(
    *artworks: str,
    user: str | None = USER,
    outcome: Outcome = Outcome.ACKNOWLEDGED,
    shown: str = "ab",
    stored: str = "",
) -> HandWritten:
    """A page showed artworks, and one request arrived with these."""
    ledger = lived()
    for artwork in shown:
        ledger.shown(artwork, 1.0)
    ledger.saw(
        2.0,
        WireRow(
            arrived_ns=2_000_000_000,
            first_byte_ns=2_010_000_000,
            last_byte_ns=2_020_000_000,
            method="POST",
            path="/views",
            sha256="00",
            body_bytes=10,
            user=user,
            artworks=artworks,
            outcome=outcome,
            status=200 if outcome is Outcome.ACKNOWLEDGED else 0,
        ),
    )
    return ledger.final(5.0, **dict.fromkeys(stored, 1))


CASES = cases(
    "views_arrived",
    {},
    all_of_them=(lambda: carried("a", "b"), PASS, "all 2 impressions"),
    without_a_user=(lambda: carried("a", "b", user=None), PASS),
    one_never_left=(lambda: carried("a"), FAIL, "1 of 2 impressions are in no request"),
    as_another_users=(lambda: carried("a", "b", user="zoe"), FAIL, "2 of 2"),
    no_id_read=(lambda: carried(), UNKNOWN, "read no id"),
    nothing_shown=(lambda: carried("a", shown=""), UNKNOWN),
)

test_each_case = every_case_holds(CASES)


def fates(ledger: HandWritten, directory: Path) -> dict[str, int]:
    return evidence_of(ledger, directory).fates.counts()


def test_what_the_server_acknowledged_on_the_wire_and_lost_is_lost_acked(tmp_path: Path) -> None:
    found = fates(carried("a", "b", stored="b"), tmp_path)
    assert found == {"lost_acked": 1, "recorded_once": 1}


def test_what_it_did_not_acknowledge_or_whose_it_was_is_not_known(tmp_path: Path) -> None:
    silent = carried("a", "b", stored="b", outcome=Outcome.UNKNOWN)
    assert fates(silent, tmp_path / "silent") == {"lost_unacked": 1, "recovered": 1}
    unnamed = carried("a", "b", stored="b", user=None)
    assert fates(unnamed, tmp_path / "unnamed") == {"lost_unacked": 1, "recovered": 1}


def test_a_system_that_may_lose_views_is_not_asked() -> None:
    assert not CHECKS["views_arrived"].is_promised(Promise.AT_MOST_ONCE)
