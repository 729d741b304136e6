"""Systems with one oddity each end under a fair verdict, and one clear line says which."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from tests.examples.tried import verdict

pytestmark = [pytest.mark.stack, pytest.mark.slow, pytest.mark.nightly]

FILE = """format = 1
name = "odd"
base_url = "http://127.0.0.1:{port}"
delivery = "exactly-once"
[start]
command = ["{python}", "SYSTEM", "{port}", "ODDITY"]
[batch]
path = "/views"
body = { ids = "{ids}" }
[answers]
field = "/state"
values = { accepted = ["stored"] }
[truth.http]
path = "/rows"
items = "/rows"
id = "/id"
"""
BY_STATUS = ('field = "/state"\nvalues = { accepted = ["stored"] }', "")
"""Answers are believed by their status alone."""


BY_PAGES = (
    ('path = "/rows"', 'path = "/rows?after={after}"\nnext = "/next"\nfirst = "1"'),
    ('id = "/id"', 'id = "/id"\nROW'),
)
BY_PAGES_ALONE = (*BY_PAGES, ("\nROW", ""))
BY_ROWS = (*BY_PAGES, ("ROW", 'row = "/number"'))
WITH_RESET = (("[batch]", '[reset]\npath = "/reset"\n[batch]'),)


UNANSWERED = frozenset({"recorded_once", "lost_unacked"})
OF_DELIVERY = {"nothing_lost", "nothing_twice", "nothing_unshown"}


class OddCase(NamedTuple):
    """What is found of delivery to a system with an oddity, ``words`` in what it says; so few
    requests decide nothing of latency."""

    oddity: str
    found: str
    words: str = ""
    changes: tuple[tuple[str, str], ...] = ()
    fates: frozenset[str] = frozenset({"recorded_once"})


CASES = {
    "a sound one": OddCase("", "pass"),
    "answers that end with their connection": OddCase("http10", "pass"),
    "chunked answers": OddCase("chunked", "pass"),
    "compressed answers": OddCase("gzip-answers", "pass"),
    "compressed requests alone": OddCase(
        "gzip-only", "pass", changes=(('"{ids}" }', '"{ids}" }\ngzip = "only"'),)
    ),
    "compressed requests alone, which the file does not say": OddCase(
        "gzip-only", "unknown", "the system does not accept a view: POST /views answered 415"
    ),
    "answers without content": OddCase("no-content", "pass", changes=(BY_STATUS,)),
    "answers without content where a field is read": OddCase(
        "no-content", "unknown", "answered 204, which is read as: none of the [answers]"
    ),
    "ids of another case": OddCase(
        "capitals", "pass", changes=(("[answers]", "[ids]\ncase_sensitive = false\n[answers]"),)
    ),
    "ids of another case, which the file does not say": OddCase(
        "capitals", "unknown", "case_sensitive = false"
    ),
    "an error under 200": OddCase(
        "error-under-200",
        "fail",
        "lost_unacked",
        fates=UNANSWERED,
    ),
    "an error under 200 that the file takes for good": OddCase(
        "error-under-200",
        "fail",
        "lost_acked",
        changes=(BY_STATUS,),
        fates=frozenset({"recorded_once", "lost_acked"}),
    ),
    "a redirect to another host": OddCase("redirect", "unknown", "redirect", fates=UNANSWERED),
    "a schema that changes in the middle": OddCase(
        "schema", "unknown", "an item has nothing at id = '/id'"
    ),
    "truth that is late": OddCase(
        "late", "pass", changes=(("[truth.http]", "[truth]\nsettle_s = 6\n[truth.http]"),)
    ),
    "truth that is later than the file says": OddCase("late", "unknown", "Write settle_s = "),
    "a reset that fails": OddCase(
        "",
        "unknown",
        "[reset] POST /reset answered 500",
        changes=WITH_RESET,
    ),
    "a reset that goes on after its answer": OddCase(
        "empties-later", "unknown", "[reset] may have gone on after its answer", WITH_RESET
    ),
    "ids of another case that are half a minute late": OddCase(
        "capitals-late",
        "pass",
        changes=(
            ("[answers]", "[ids]\ncase_sensitive = false\n[answers]"),
            ("[truth.http]", "[truth]\nsettle_s = 32\n[truth.http]"),
        ),
    ),
    "pages that show a row twice": OddCase(
        "repeats-rows", "unknown", "[truth.http] shows a row on two pages", BY_PAGES_ALONE
    ),
    "pages that show a row twice, by what distinguishes rows": OddCase(
        "repeats-rows", "pass", changes=BY_ROWS
    ),
    "a page that is shown twice": OddCase(
        "repeats-page", "unknown", "the pages that follow", BY_PAGES_ALONE
    ),
    "a page that is shown twice, by what distinguishes rows": OddCase(
        "repeats-page", "pass", changes=BY_ROWS
    ),
    "a list that ends with the hundredth row": OddCase(
        "first-rows", "unknown", "[truth] shows 100 rows, no more"
    ),
    "a list of the newest rows": OddCase(
        "newest-rows", "unknown", "[truth] shows 100 rows whatever is added"
    ),
    "truth that fails now and then under 200": OddCase(
        "empty-truth", "unknown", "shows views, then not, and then again"
    ),
    "a session that ends": OddCase(
        "session-ends",
        "unknown",
        "sessions had ended (401)",
        changes=(('"{ids}" }', '"{ids}", user = "{user}" }'),),
        fates=UNANSWERED,
    ),
    "a redirect to the sign-in": OddCase(
        "sign-in", "unknown", "answered by a redirect", fates=UNANSWERED
    ),
    "a page to sign in, under 200": OddCase(
        "sign-in-page",
        "fail",
        "lost_unacked",
        fates=UNANSWERED,
    ),
    "a view that is turned down within an answer": OddCase(
        "some-refused",
        "fail",
        "lost_unacked",
        changes=(("[answers]", '[answers]\nerror = "/results/*/error"'),),
        fates=UNANSWERED,
    ),
    "a view that is turned down within an answer, which the file does not say": OddCase(
        "some-refused", "fail", "lost_acked", fates=frozenset({"recorded_once", "lost_acked"})
    ),
    "a proxy that sends a POST again by itself": OddCase(
        "proxy-tries-again",
        "fail",
        "arrived in one request alone: no client repeated them",
        fates=frozenset({"recorded_once", "duplicate_stored"}),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_an_odd_system_is_judged_fairly(case: str, tmp_path: Path) -> None:
    oddity, found, words, changes, fates = CASES[case]
    system = Path(__file__).with_name("odd_system.py")
    text = FILE.replace("SYSTEM", str(system)).replace("ODDITY", oddity)
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    (tmp_path / "target.toml").write_text(text)
    load = ("--sessions", "20", "--rate", "40", "--duration", "6")
    outcome = verdict("steady_load", tmp_path / "target.toml", tmp_path / "out", *load)
    cell = outcome.cell
    reasons = [cell["reason"], *(finding["summary"] for finding in cell["findings"])]
    delivery = {one["verdict"] for one in cell["findings"] if one["check"] in OF_DELIVERY}
    assert cell["verdict"] == ("fail" if found == "fail" else "unknown"), reasons
    if found == "pass":
        assert delivery == {"pass"}, reasons
    elif found == "fail":
        assert "fail" in delivery, reasons
    else:
        assert "fail" not in delivery, reasons
    assert any(words in one for one in reasons), reasons
    assert "Traceback" not in outcome.output
    if cell["fates"]:
        assert set(cell["fates"]) <= fates | {"recovered"}, cell["fates"]
