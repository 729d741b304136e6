"""A server whose metrics and receipts count differently."""

from __future__ import annotations

from typing import cast

from harness.ledger.kinds.activity import ServerFigure, ServerFigureName
from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.ledgers import FAIL, PASS, UNKNOWN, HandWritten, lived


def counted(at_s: float = 5.0, ledger: HandWritten | None = None, **counts: float) -> HandWritten:
    """Return a server that stored two ids, absorbed one and refused one, and counts this."""
    if ledger is None:
        ledger = lived().receipt(["a", "b"], 2.0, attempt=1)
        ledger.receipt(["a"], 3.0, batch="c", attempt=1, inserted=0, duplicate=1)
        refused = {"status": 503, "rejected": 1, "committed_mono_ns": None}
        ledger.receipt(["d"], 4.0, batch="d", attempt=1, inserted=0, **refused)
    figures: dict[ServerFigureName, float] = {
        "ids_inserted": counts.get("inserted", 2.0),
        "ids_duplicate": counts.get("duplicate", 1.0),
        "batches_503": counts.get("unavailable", 1.0),
        "in_flight": 7.0,
    }
    for name, value in figures.items():
        ledger.saw(at_s, ServerFigure(name=name, value=value))
    return ledger


def restarted() -> HandWritten:
    """Return a server that stores an id in each of two lives."""
    ledger = lived().receipt(["a"], 1.0, attempt=1)
    ledger.lifetime("m").receipt(["b"], 3.0, batch="c", attempt=1, lifetime="m")
    return counted(5.0, ledger, inserted=1, duplicate=0, unavailable=0)


RECEIPTS = cases(
    "metrics_as_receipts",
    {},
    the_same=(counted, PASS, "3 counters agree with 3 receipts"),
    one_too_many=(
        lambda: counted(inserted=3),
        FAIL,
        "ids_inserted is 3, the receipts say 2",
    ),
    one_too_few=(lambda: counted(duplicate=0), FAIL, "ids_duplicate is 0, the receipts say 1"),
    refusals_are_not_counted=(lambda: counted(unavailable=0), FAIL, "batches_503 is 0"),
    of_the_last_life_only=(restarted, PASS),
    read_too_early=(lambda: counted(3.5), UNKNOWN),
    never_read=(lambda: lived().receipt(["a"], 2.0, attempt=1), UNKNOWN),
    nothing_received=(lambda: counted(5.0, lived()), UNKNOWN),
)


def pooled(
    *, seen: int = 20, at_s: float = 5.0, read: bool = True, **figures: float
) -> HandWritten:
    """Return a pool of 24 artworks of which ann has seen some, and a server that counts users."""
    artworks = [f"a{number}" for number in range(seen)]
    ledger = lived().receipt(artworks, 2.0, attempt=1)
    for artwork in artworks:
        ledger.shown(artwork, 1.0)
    if read:
        ledger.final(6.0, **dict.fromkeys(artworks, 1))
    counts = {
        "pool_artworks": 24.0,
        "active_users": 1.0,
        "users_at_risk": 1.0,
        "users_exhausted": 1.0,
        "unseen_share": 4 / 24,
    }
    for name, value in (counts | figures).items():
        ledger.saw(at_s, ServerFigure(name=cast(ServerFigureName, name), value=value))
    return ledger


def one_fewer() -> HandWritten:
    """Return a user with half of the pool, who is neither at risk nor exhausted."""
    return pooled(seen=12, users_at_risk=0, users_exhausted=0, unseen_share=0.5)


def inactive() -> HandWritten:
    """Return a user with ten views, who is not active."""
    figures = {"active_users": 0.0, "users_at_risk": 0.0, "users_exhausted": 0.0}
    return pooled(seen=10, **figures, unseen_share=0.9)


USERS = cases(
    "users_as_counted",
    {},
    the_same=(pooled, PASS, "4 figures on 1 users agree"),
    half_is_no_risk=(one_fewer, PASS, "4 figures"),
    ten_views_are_not_active=(inactive, PASS, "3 figures"),
    one_active_too_many=(
        lambda: pooled(active_users=2),
        FAIL,
        "active_users is 2, the rows say 1",
    ),
    no_one_at_risk=(lambda: pooled(users_at_risk=0), FAIL, "users_at_risk is 0"),
    no_one_exhausted=(lambda: pooled(users_exhausted=0), FAIL, "users_exhausted is 0"),
    another_share=(lambda: pooled(unseen_share=0.5), FAIL, "unseen_share is 0.5"),
    read_too_early=(lambda: pooled(at_s=1.5), UNKNOWN),
    no_final_read=(lambda: pooled(read=False), UNKNOWN),
    never_counted=(lambda: lived().receipt(["a"], 2.0, attempt=1).final(6.0, a=1), UNKNOWN),
)

CASES = [*RECEIPTS, *USERS]

test_each_case = every_case_holds(CASES)
