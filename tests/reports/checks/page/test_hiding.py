"""Pages that keep what is new as they hide."""

from __future__ import annotations

from harness.ledger.kinds.client import (
    Adopted,
    Attempt,
    Held,
    MemoryMode,
    Recorded,
    TabOpened,
    Unanswered,
    VisibilityChanged,
)
from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.ledgers import FAIL, PASS, UNKNOWN, HandWritten, lived


def hides(
    sent_s: float | None = 2.001, *, plan: bool = True, lives_on: bool = True, batch: str = "b"
) -> HandWritten:
    """A page records a view at 1 s, hides at 2 s, sends the view, and reports on."""
    ledger = lived().noted(TabOpened, 0.1, hands_over=plan)
    ledger.reported(Recorded, 1.0, batch="b", artworks=("a",))
    hidden(ledger, 2.0)
    if sent_s is not None:
        ledger.reported(Attempt, sent_s, batch=batch, attempt=1, artworks=("a",))
    if lives_on:
        ledger.reported(VisibilityChanged, 5.0, reason="visible isTrusted=true")
    return ledger


def hidden(ledger: HandWritten, at_s: float) -> HandWritten:
    return ledger.reported(VisibilityChanged, at_s, reason="hidden isTrusted=true")


def soon_again() -> HandWritten:
    """A page hides with nothing, comes back, shows something and hides again within 0.15 s."""
    ledger = hidden(lived().noted(TabOpened, 0.1, hands_over=True), 1.95)
    ledger.reported(Recorded, 2.0, batch="b", artworks=("a",))
    return hidden(ledger, 2.05).reported(VisibilityChanged, 5.0, reason="visible isTrusted=true")


def several(*after_ms: float) -> HandWritten:
    """A page hides several times, half a minute apart, and sends what is new so much later."""
    ledger = lived().noted(TabOpened, 0.1, hands_over=True)
    for number, late_ms in enumerate(after_ms):
        at_s, batch = 2.0 + 30 * number, f"b{number}"
        ledger.reported(Recorded, at_s - 1, batch=batch, artworks=("a",))
        hidden(ledger, at_s)
        ledger.reported(Attempt, at_s + late_ms / 1e3, batch=batch, attempt=1, artworks=("a",))
    return ledger


def shown_again() -> HandWritten:
    """A page hands over as it hides; back, it sends a new view a while later."""
    ledger = hides(lives_on=False).reported(Recorded, 4.0, batch="c", artworks=("b",))
    ledger.reported(VisibilityChanged, 5.0, reason="visible isTrusted=true")
    return ledger.reported(Attempt, 6.5, batch="c", attempt=1, artworks=("b",))


def last_heard(ledger: HandWritten, at_s: float) -> HandWritten:
    return ledger.reported(VisibilityChanged, at_s, reason="visible isTrusted=true")


def of_a_long_name(second: bool = False) -> HandWritten:
    """A tab whose id has more letters than a finding shows of it."""
    name = {"tab": "tab-1-of-ann"}
    ledger = lived().noted(TabOpened, 0.1, hands_over=True, **name)
    ledger.reported(Recorded, 1.0, batch="b", artworks=("a",), **name)
    ledger.reported(Recorded, 1.1, batch="c", artworks=("b",), **name)
    ledger.reported(VisibilityChanged, 2.0, reason="hidden isTrusted=true", **name)
    if second:
        sent = {"batch": "c", "attempt": 1, "artworks": ("b",), "body_bytes": 9_000}
        ledger.reported(Attempt, 2.001, **sent, **name)
    return ledger.reported(VisibilityChanged, 5.0, reason="visible isTrusted=true", **name)


def two(second_s: float | None, *, size: int | None = 9_000, lives_on: bool = True) -> HandWritten:
    """A page hides at 2 s with two new batches, hands over the first of them, and the second."""
    ledger = lived().noted(TabOpened, 0.1, hands_over=True)
    for at_s, batch in ((1.0, "b"), (1.1, "c")):
        ledger.reported(Recorded, at_s, batch=batch, artworks=(f"a-{batch}",))
    hidden(ledger, 2.0)
    for sent_s, batch in ((2.001, "b"), (second_s, "c")):
        if sent_s is not None:
            sent = {"batch": batch, "attempt": 1, "artworks": (f"a-{batch}",), "body_bytes": size}
            ledger.reported(Attempt, sent_s, **sent)
    if lives_on:
        ledger.reported(VisibilityChanged, 5.0, reason="visible isTrusted=true")
    return ledger


CASES = cases(
    "hides_hand_over",
    {},
    at_once=(hides, PASS, "1 of 1 times a page hid and handed over"),
    over_a_second_later=(lambda: hides(3.1), FAIL, "1 of 1 times a page hid and kept"),
    a_tenth_of_a_second_later=(lambda: hides(2.1), UNKNOWN, "1 times a page hid, and was inter"),
    each_time_a_tenth_of_a_second_later=(lambda: several(100, 101, 102), FAIL, "3 of 3 times"),
    most_times=(lambda: several(100, 101, 102, 1, 1), FAIL, "3 of 5 times"),
    half_the_times=(lambda: several(100, 101, 102, 1, 1, 1), PASS, "3 of 6 times"),
    twice_in_three=(lambda: several(100, 101, 1), PASS, "1 of 3 times"),
    a_second_later=(lambda: hides(3.0), UNKNOWN, "1 times a page hid, and was inter"),
    by_a_page_that_reports_for_a_second=(
        lambda: last_heard(hides(None, lives_on=False), 3.0),
        UNKNOWN,
    ),
    by_a_tab_of_a_long_name=(of_a_long_name, FAIL),
    one_of_two_by_a_tab_of_a_long_name=(lambda: of_a_long_name(second=True), FAIL),
    when_it_is_shown_again_it_need_not=(shown_again, PASS, "1 of 1"),
    within_one_task=(lambda: hides(2.05), PASS),
    never=(lambda: hides(None), FAIL),
    another_batch=(lambda: hides(batch="c"), FAIL),
    before=(lambda: hides(1.5), UNKNOWN),
    by_a_page_of_another_plan=(lambda: hides(None, plan=False), UNKNOWN),
    by_a_page_that_reports_no_more=(lambda: hides(None, lives_on=False), UNKNOWN),
    for_the_second_time=(lambda: hidden(hides(None), 2.14), FAIL, "1 of 1"),
    just_after_it_hid_with_nothing_new=(soon_again, UNKNOWN),
    asked_to_wait=(
        lambda: hides(None).reported(Unanswered, 1.5, batch="c", attempt=1, status=503),
        UNKNOWN,
    ),
    after_a_network_error=(
        lambda: hides(None).reported(Unanswered, 1.5, batch="c", attempt=1),
        FAIL,
    ),
    with_batches_of_another_user=(lambda: hides(None).reported(Held, 1.5, batch="c"), UNKNOWN),
    with_batches_of_a_dead_page=(lambda: hides(None).reported(Adopted, 1.5), UNKNOWN),
    without_storage=(lambda: hides(None).reported(MemoryMode, 0.5), UNKNOWN),
    both=(lambda: two(2.002), PASS, "1 of 1"),
    one_of_two=(lambda: two(None), FAIL, "1 of 1 times"),
    the_second_later=(lambda: two(3.1), FAIL),
    the_second_a_second_later=(lambda: two(3.0), PASS),
    one_of_two_with_just_enough_room=(lambda: two(None, size=16 * 1024), FAIL),
    one_of_two_and_a_word_for_a_second=(
        lambda: last_heard(two(None, lives_on=False), 3.0),
        PASS,
    ),
    the_second_on_a_busy_machine=(lambda: two(2.9), PASS),
    one_of_two_for_want_of_room=(lambda: two(None, size=17_000), PASS),
    one_of_two_of_unknown_size=(lambda: two(None, size=None), PASS),
    one_of_two_and_no_word_after_it=(lambda: two(None, lives_on=False), PASS),
    nothing=(lived, UNKNOWN),
)

test_each_case = every_case_holds(CASES)
