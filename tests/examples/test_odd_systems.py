"""Systems with one oddity each end under a fair verdict, and one clear line says which."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from harness.core.clock import now
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
        fates=frozenset({"recorded_once", "lost_unacked"}),
    ),
    "an error under 200 that the file takes for good": OddCase(
        "error-under-200",
        "fail",
        "lost_acked",
        changes=(BY_STATUS,),
        fates=frozenset({"recorded_once", "lost_acked"}),
    ),
    "a redirect to another host": OddCase("redirect", "unknown", "redirect"),
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
        changes=(("[batch]", '[reset]\npath = "/reset"\n[batch]'),),
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
    began = now().mono_ns
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
    assert (now().mono_ns - began) / 1e9 < 60, "nothing waits for what cannot come"
    if cell["fates"]:
        assert set(cell["fates"]) <= fates | {"recovered"}, cell["fates"]
