"""What the catalogue and the settings promise: the index, and commits that survive a crash."""

from __future__ import annotations

from typing import Any

from harness.ledger.kinds.database import (
    DatabaseSetting,
    SessionsCommitted,
    UniqueIndex,
    UniqueIndexes,
)
from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.ledgers import FAIL, PASS, UNKNOWN, HandWritten, lived

BOTH = ("user_id", "artwork_id")
KEEPS: dict[str, Any] = {"name": "keeps", "columns": BOTH}
PRIMARY: dict[str, Any] = {"name": "primary", "columns": ("id",)}


def showed(*reads: tuple[dict[str, Any], ...]) -> HandWritten:
    """The catalogue's answers, each the unique indexes that it showed."""
    ledger = lived()
    for second, indexes in enumerate(reads):
        for index in indexes:
            ledger.saw(second, UniqueIndex(**index))
        ledger.saw(second, UniqueIndexes(rows=len(indexes), promised=BOTH))
    return ledger


def one(**changes: Any) -> HandWritten:
    return showed((PRIMARY, KEEPS | changes))


def cut_in_the_middle() -> HandWritten:
    return lived().saw(1.0, UniqueIndex(**KEEPS))


def asked_again() -> HandWritten:
    ledger = cut_in_the_middle().saw(2.0, UniqueIndex(**KEEPS))
    return ledger.saw(2.0, UniqueIndexes(rows=1, promised=BOTH))


def answered(*settings: tuple[str, str]) -> HandWritten:
    ledger = lived()
    for name, value in settings:
        ledger.saw(0.1, DatabaseSetting(name=name, value=value))
    return ledger


ON = (("fsync", "on"), ("synchronous_commit", "on"), ("full_page_writes", "on"))


def committed(*, batches: int = 5, records: int = 100, flushes: int = 0) -> HandWritten:
    """All settings are on; the server's sessions wrote ``records`` and waited ``flushes`` times."""
    ledger = answered(*ON)
    for number in range(batches):
        ledger.receipt([f"a{number}"], 1.0 + number, batch=f"b{number}")
    roles = (("impressions", records, flushes), ("postgres", 99, 0))
    for role, written, waits in roles:
        ledger.saw(
            9.0,
            SessionsCommitted(role=role, sessions=4, wal_records=written, wal_flushes=waits),
        )
    return ledger


CASES = cases(
    "unique_index_holds",
    {},
    twice=(lambda: showed((PRIMARY, KEEPS), (PRIMARY, KEEPS)), PASS, "user_id and artwork_id"),
    other_order=(lambda: one(columns=BOTH[::-1]), PASS),
    gone_at_the_end=(lambda: showed((KEEPS, KEEPS | {"name": "again"}), (PRIMARY,)), FAIL),
    only_the_primary_key=(lambda: showed((PRIMARY,)), FAIL, "no unique index keeps one row"),
    none=(lambda: showed(()), FAIL),
    one_column_more=(lambda: one(columns=(*BOTH, "viewed_at")), FAIL),
    the_user_alone=(lambda: one(columns=BOTH[:1]), FAIL),
    an_expression=(lambda: one(columns=("user_id", "")), FAIL),
    partial=(lambda: one(is_partial=True), FAIL),
    not_valid=(lambda: one(is_valid=False), FAIL),
    folds=(lambda: one(folds=True), FAIL),
    not_asked=(lived, UNKNOWN, "was not asked"),
    cut_in_the_middle=(cut_in_the_middle, UNKNOWN),
    cut_and_asked_again=(asked_again, PASS),
    never_with_one=(lambda: showed((PRIMARY,), (KEEPS | {"is_partial": True},)), FAIL),
)
CASES += cases(
    "commits_durable",
    {},
    on=(lambda: answered(*ON, *ON), PASS, "fsync on"),
    written_elsewhere_too=(
        lambda: answered(*ON[::2], ("synchronous_commit", "remote_apply")),
        PASS,
    ),
    no_fsync=(lambda: answered(*ON[1:], ("fsync", "off")), FAIL, "fsync is off"),
    asynchronous=(lambda: answered(*ON[::2], ("synchronous_commit", "off")), FAIL, "last moments"),
    half_pages=(lambda: answered(*ON[:2], ("full_page_writes", "off")), FAIL, "half written"),
    off_at_the_end=(lambda: answered(*ON, *ON[1:], ("fsync", "off")), FAIL),
    two_of_three=(lambda: answered(*ON[:2]), UNKNOWN, "does not tell full_page_writes"),
    one_of_three=(lambda: answered(ON[0]), UNKNOWN, "full_page_writes, synchronous_commit"),
    not_asked=(lived, UNKNOWN),
    none_waited=(committed, FAIL, "those of impressions wrote 100 records"),
    one_waited=(lambda: committed(flushes=1), PASS),
    too_few_records=(lambda: committed(records=99), PASS),
    too_few_commits=(lambda: committed(batches=4), PASS),
)

test_each_case = every_case_holds(CASES)
