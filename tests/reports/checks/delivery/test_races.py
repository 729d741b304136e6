"""Several tabs at once, check by check: each verdict, and the ledgers that would fool it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reports.verdict.verdict import Verdict
from tests.reports.ledgers import (
    FAIL,
    PASS,
    UNKNOWN,
    HandWritten,
    Make,
    back,
    find,
    healthy,
    hidden,
    judged,
    lived,
)


def queried(ledger: HandWritten, found: int) -> HandWritten:
    for number in range(found):
        row = {"user": "ann", "artwork": f"x{number}", "copies": 2}
        ledger.saw("database", 9.1, kind="roadmap_sql_row", **row)
    return ledger.saw("database", 9.1, kind="roadmap_sql", rows=found)


SQL = judged(
    "roadmap_sql",
    {},
    none=(lambda: queried(healthy(), 0), PASS),
    some=(lambda: queried(healthy(), 2), FAIL),
    not_asked=(healthy, UNKNOWN),
    asked_without_a_final_read=(lambda: queried(lived(), 0), UNKNOWN),
    an_empty_table=(lambda: queried(lived().final(9.0), 0), UNKNOWN),
    the_last_answer_counts=(lambda: queried(queried(healthy(), 0), 1), FAIL),
)


def logged(ledger: HandWritten, *counts: int, ours: dict[float, int] | None = None) -> HandWritten:
    """``ours``: when a constraint was violated on purpose → whether the log shows it."""
    for seconds, shown in ({0.1: 1, 9.0: 1} if ours is None else ours).items():
        ledger.saw("database", seconds, kind="sentinel", rows=shown)
    for number, count in enumerate(counts):
        ledger.saw("database", 9.0 + number / 10, kind="violations", rows=count)
    return ledger


VIOLATIONS = judged(
    "no_violations",
    {},
    none=(lambda: logged(healthy(), 0), PASS),
    some=(lambda: logged(healthy(), 3), FAIL),
    there_is_no_log=(healthy, UNKNOWN),
    nothing_was_written=(lambda: logged(lived(), 0), UNKNOWN),
    an_earlier_read_saw_more=(lambda: logged(healthy(), 1, 0), FAIL),
    none_was_made_on_purpose=(lambda: logged(healthy(), 0, ours={}), UNKNOWN),
    the_log_shows_neither=(lambda: logged(healthy(), 0, ours={0.1: 0, 9.0: 0}), UNKNOWN),
    the_log_was_cut_off=(lambda: logged(healthy(), 0, ours={0.1: 0, 9.0: 1}), UNKNOWN),
    the_log_ended_early=(lambda: logged(healthy(), 0, ours={0.1: 1}), UNKNOWN),
    the_log_began_late=(lambda: logged(healthy(), 0, ours={9.0: 1}), UNKNOWN),
    a_violation_counts_though_none_was_made=(lambda: logged(healthy(), 1, ours={}), FAIL),
)


def sent(
    *batches: tuple[str, str, int, int], at_s: float = 1.0, step_s: float = 0.1
) -> HandWritten:
    """Batches of one artwork: its tab, its batch, its attempt and how many were absorbed."""
    ledger = lived()
    for number, (tab, batch, attempt, absorbed) in enumerate(batches):
        ledger.receipt(
            ["x"],
            at_s + number * step_s,
            tab=tab,
            batch=batch,
            attempt=attempt,
            duplicate=absorbed,
        )
    return ledger


def killed_server(ledger: HandWritten) -> HandWritten:
    ledger.receipts = [row for row in ledger.receipts if row["kind"] != "stopped"]
    return ledger


ABSORBED = judged(
    "absorbed_explained",
    {"least": 1},
    another_tab=(lambda: sent(("a", "b1", 1, 0), ("c", "b2", 1, 1)), PASS),
    sent_again=(lambda: sent(("a", "b1", 1, 0), ("a", "b1", 2, 1)), PASS),
    written_together=(lambda: sent(("a", "b1", 1, 1), ("c", "b2", 1, 0), step_s=0), PASS),
    none_at_all=(lambda: sent(("a", "b1", 1, 0)), UNKNOWN),
    no_receipts=(lived, UNKNOWN),
    nobody_sent_it_before=(lambda: sent(("a", "b1", 1, 1)), FAIL),
    it_was_stored_again=(lambda: sent(("a", "b1", 1, 0), ("a", "b1", 2, 0)), FAIL),
    the_first_was_absorbed=(lambda: sent(("a", "b1", 1, 1), ("c", "b2", 1, 0)), FAIL),
    the_first_left_no_receipt=(lambda: killed_server(sent(("a", "b1", 2, 1))), UNKNOWN),
    another_person_sent_it=(
        lambda: lived().receipt(["x"], 1.0).receipt(["x"], 1.1, user="bob", duplicate=1),
        FAIL,
    ),
)


REPEATS = judged(
    "repeats_bounded",
    {"impressions": 1},
    once=(lambda: sent(("a", "b1", 1, 0)), PASS),
    the_one_under_way_came_thrice=(
        lambda: sent(("a", "b1", 1, 0), ("a", "b1", 2, 1), ("a", "b1", 3, 1)),
        PASS,
    ),
    another_one_too=(
        lambda: (
            sent(("a", "b1", 1, 0), ("a", "b1", 2, 1))
            .receipt(["y"], 3.0, tab="a", batch="b2")
            .receipt(["y"], 3.1, tab="a", batch="b2", attempt=2, duplicate=1)
        ),
        FAIL,
    ),
    of_another_person=(
        lambda: lived().receipt(["x"], 1.0).receipt(["x"], 1.1, user="bob"),
        PASS,
    ),
    twice_in_one_request=(lambda: lived().receipt(["x", "x"], 1.0, duplicate=1), PASS),
    no_receipts=(lived, UNKNOWN),
    one_left_no_receipt=(lambda: killed_server(sent(("a", "b1", 2, 1))), UNKNOWN),
)


def for_two(taken_by: str = "bob", *, seen_by: str = "bob") -> HandWritten:
    ledger = lived().shown("x", 1.0, tab="a").receipt(["x"], 1.5, tab="a")
    ledger.shown("y", 2.0, tab="b", user=seen_by)
    return ledger.receipt(["y"], 2.5, tab="b", user=taken_by)


OWNERS = judged(
    "nothing_for_another",
    {},
    each_for_its_own=(for_two, PASS),
    for_another=(lambda: for_two("ann"), FAIL),
    one_person=(lambda: for_two("ann", seen_by="ann"), UNKNOWN),
    nothing_arrived=(lambda: lived().shown("x", 1.0), UNKNOWN),
    nothing_was_shown=(lambda: lived().receipt(["x"], 1.0), UNKNOWN),
    it_hides_behind_hers=(
        lambda: for_two().shown("y", 2.0, tab="a").receipt(["y"], 3.0, tab="a", user="bob"),
        FAIL,
    ),
)


def began(*times_ms: float | None) -> HandWritten:
    ledger = lived()
    for number, ms in enumerate(times_ms):
        says = {"question": "time origin", "answer": ms}
        ledger.noted("answer", 1.0, says, tab=f"t{number}")
    return ledger


OPENED = judged(
    "opened_within",
    {"tabs": 2, "within_s": 1.0},
    at_once=(lambda: began(5000.0, 5999.0), PASS),
    exactly=(lambda: began(5000.0, 6000.0), PASS),
    one_after_the_other=(lambda: began(5000.0, 6001.0), UNKNOWN),
    one_did_not_say=(lambda: began(5000.0, None), UNKNOWN),
    one_tab=(lambda: began(5000.0), UNKNOWN),
    nobody_asked=(lived, UNKNOWN),
)


def switched(times: int, batches: int = 1, empty: int = 0, trusted: str = "true") -> HandWritten:
    ledger = lived()
    for number in range(times):
        hidden(ledger, 1.0 + number, trusted=trusted)
        reason = {"reason": f"visible isTrusted={trusted}"}
        ledger.told("visibility", 1.5 + number, says=reason)
    for number in range(batches):
        ledger.receipt(["x"], 2.0 + number, batch=f"b{number}")
    for number in range(empty):
        ledger.receipt([], 3.0 + number, batch=f"e{number}")
    return ledger


SWITCHED = judged(
    "flushes_per_switch",
    {"share": 0.1, "least": 20},
    under_a_tenth=(lambda: switched(20, 1), PASS),
    a_tenth=(lambda: switched(20, 2), FAIL),
    an_empty_one=(lambda: switched(20, 1, 1), FAIL),
    too_few_switches=(lambda: switched(19, 1), UNKNOWN),
    made_up_by_a_script=(lambda: switched(20, 1, trusted="false"), UNKNOWN),
    nothing_arrived=(lambda: switched(20, 0), UNKNOWN),
    no_switch=(lambda: switched(0, 1), UNKNOWN),
    one_batch_twice_is_one=(lambda: switched(20, 1).receipt(["x"], 5.0, batch="b0"), PASS),
)

ORDER = judged(
    "order_told",
    {"least": 2},
    in_turn=(lambda: back(hidden(lived(), 1.0), 2.0), PASS),
    heard_late=(lambda: back(hidden(lived(), 3.0, clock_s=-2.0), 2.0), PASS),
    twice_hidden=(lambda: hidden(hidden(lived(), 1.0), 2.0), FAIL),
    two_tabs=(lambda: hidden(hidden(lived(), 1.0), 2.0, tab="t2"), PASS),
    too_few=(lambda: hidden(lived(), 1.0), UNKNOWN),
    nobody_told=(lived, UNKNOWN),
)

RACED = [*SQL, *VIOLATIONS, *ABSORBED, *REPEATS, *OWNERS, *OPENED, *SWITCHED, *ORDER]


@pytest.mark.parametrize(("check", "parameters", "make", "verdict"), RACED)
def test_what_a_race_led_to(
    tmp_path: Path, check: str, parameters: dict[str, Any], make: Make, verdict: Verdict
) -> None:
    finding = find(check, make(), tmp_path, **parameters)
    assert (finding.check, finding.verdict) == (check, verdict), finding.summary
