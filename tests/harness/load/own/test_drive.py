"""A locustfile of the user's own: what was acknowledged is judged, and what is wrong with the file
itself accuses no one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.examples.tried import Outcome, copied, verdict

pytestmark = [pytest.mark.stack, pytest.mark.slow]

STORES = "[(visitor, str(picture)) for picture in pictures]"
LASTS = "lasts_s = 15"
GIVES = "[views.seen(self.visitor) for _ in range(5)]"


def tried(folder: Path, *changes: tuple[str, str, str]) -> Outcome:
    """Run the example's locustfile for ten seconds, with changes of file, text and text."""
    example = copied("sqlite", folder)
    for name, before, after in (("by-locust.toml", LASTS, "lasts_s = 10"), *changes):
        text = (example / name).read_text()
        assert before in text, before
        (example / name).write_text(text.replace(before, after))
    return verdict("own_locustfile", example / "by-locust.toml", folder / "out")


def test_the_example_passes_by_what_is_stored(tmp_path: Path) -> None:
    found = tried(tmp_path)
    assert (found.code, found.cell["verdict"]) == (0, "pass"), found.cell["reason"]
    assert found.finding("nothing_lost")["n"] > 0
    assert set(found.cell["fates"]) <= {"recorded_once", "recovered"}


def test_what_was_acknowledged_and_is_not_stored_is_found(tmp_path: Path) -> None:
    found = tried(tmp_path, ("app.py", STORES, STORES.replace("in pictures", "in pictures[:4]")))
    assert (found.code, found.cell["verdict"]) == (1, "fail"), found.cell["reason"]
    assert found.finding("nothing_lost")["verdict"] == "fail"
    assert found.cell["fates"]["lost_acked"] > 0


@pytest.mark.slowest
def test_what_is_stored_twice_is_found_where_that_is_excluded(tmp_path: Path) -> None:
    promise = ("by-locust.toml", "at-least-once", "exactly-once")
    found = tried(tmp_path, promise, ("app.py", STORES, f"2 * {STORES}"))
    assert (found.code, found.cell["verdict"]) == (1, "fail"), found.cell["reason"]
    assert found.finding("nothing_twice")["verdict"] == "fail"


def test_a_load_that_sends_nothing_in_its_time_leaves_it_undecided(tmp_path: Path) -> None:
    signs_in = "        answer = self.client.post"
    sleeps = f"        __import__('gevent').sleep(60)\n{signs_in}"
    found = tried(
        tmp_path,
        ("locustfile.py", signs_in, sleeps),
        ("by-locust.toml", "lasts_s = 10", "lasts_s = 2"),
    )
    assert (found.code, found.cell["verdict"]) == (3, "unknown")
    assert "locustfile.py had no answer in 2 s" in found.cell["reason"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param(
            ("locustfile.py", GIVES, "['mine', 'too']"),
            "carries an id of views.seen()",
            marks=pytest.mark.slowest,
        ),
        (("locustfile.py", "class Visitor", "1 / 0\n\n\nclass Visitor"), "ZeroDivisionError"),
    ],
)
def test_a_locustfile_that_is_wrong_leaves_it_undecided(
    tmp_path: Path, change: tuple[str, str, str], words: str
) -> None:
    found = tried(tmp_path, change)
    assert (found.code, found.cell["verdict"]) == (3, "unknown")
    assert words in found.cell["reason"]
    assert "Traceback" not in json.dumps(found.cell) + found.output
