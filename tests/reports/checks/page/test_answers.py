"""What pages answered."""

from __future__ import annotations

from typing import Any

from harness.ledger.kinds.client import PageAnswer
from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.ledgers import (
    FAIL,
    PASS,
    UNKNOWN,
    HandWritten,
)


def asked(*answers: Any, question: str = "q") -> HandWritten:
    ledger = HandWritten()
    for number, answer in enumerate(answers):
        ledger.noted(PageAnswer, 1.0 + number, question=question, answer=answer)
    return ledger


ANSWERED = [
    *cases(
        "answered",
        {"question": "q", "answer": "true"},
        right=(lambda: asked(True, True), PASS),
        never_asked=(HandWritten, UNKNOWN),
        another_question=(lambda: asked(True, question="p"), UNKNOWN),
        wrong_once_among_right_ones=(lambda: asked(True, False, True), FAIL),
        one_is_not_true=(lambda: asked(1), FAIL),
        a_text_is_not_true=(lambda: asked("trüe"), FAIL, '"trüe", not true'),
        null=(lambda: asked(None), FAIL),
    ),
    *cases(
        "answered",
        {"question": "q", "answer": '{"n": [1, false]}'},
        a_driver_that_says_1_0=(lambda: asked({"n": [1.0, False]}), PASS),
        zero_is_not_false=(lambda: asked({"n": [1, 0]}), FAIL),
        shorter=(lambda: asked({"n": [1]}), FAIL),
        a_number_for_the_list=(lambda: asked({"n": 1}), FAIL),
        a_list_for_the_object=(lambda: asked([1, False]), FAIL),
        another_key=(lambda: asked({"m": [1, False]}), FAIL),
    ),
    *cases(
        "premise_held",
        {"question": "q", "answer": "true"},
        so_it_was=(lambda: asked(True, True), PASS),
        it_was_not_once=(lambda: asked(True, False), UNKNOWN),
        never_asked=(HandWritten, UNKNOWN),
    ),
]


CASES = [*ANSWERED]

NEVER_FAILS = {
    "premise_held": "where the premise does not hold the target was not tried",
}

test_each_case = every_case_holds(CASES)
