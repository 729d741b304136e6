"""Ids that were given out are known again in what Locust says of a request."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from harness.ledger.files import read_witness
from harness.load.own.giver import Giver
from harness.load.own.rows import OwnRows
from harness.target.described.dialect import DescribedDialect
from harness.target.described.file import read_target_file
from harness.target.described.ids import RunMark
from harness.target.described.loading import system_of

MARK = RunMark(word="00c0ffee", seed=7)
IN_BODY = 'path = "/views"\nbody = { user = "{user}", ids = "{ids}" }'
IN_PATH = 'path = "/views/{id}"\nbody = { user = "{user}" }'
NUMBERS = '\n[ids]\nkind = "integer"\n'


class Trial:
    """A giver whose rows are read when it is closed."""

    def __init__(self, folder: Path, batch: str = IN_BODY, more: str = "") -> None:
        path = folder / "target.toml"
        path.write_text(
            f'format = 1\nbase_url = "http://127.0.0.1:1"\n[batch]\n{batch}\n{more}'
            '[answers]\naccepted = [202]\n[truth.command]\nrun = ["true"]\nnames_users = true\n'
        )
        dialect = system_of(path, read_target_file(path), MARK).dialect
        assert isinstance(dialect, DescribedDialect)
        self.folder = folder
        self.rows = OwnRows(str(folder))
        self.giver = Giver(dialect.ids, dialect, self.rows)

    def sent(self) -> list[dict[str, Any]]:
        self.rows.close()
        return read_witness(self.folder / "load.arrows").table.to_pylist()


def response(body: object, status: int = 202, *, url: str = "http://h/views", **more: Any) -> Any:
    """What Locust's clients hand to a listener."""
    packed = body if isinstance(body, str | bytes) or body is None else json.dumps(body)
    request = SimpleNamespace(body=packed, url=url)
    fields = {"status_code": status, "content": b"{}", "headers": {"Retry-After": "1"}}
    return SimpleNamespace(request=request, **{**fields, **more})


def test_names_and_ids_are_new_ones_and_bear_the_mark(tmp_path: Path) -> None:
    trial = Trial(tmp_path)
    giver = trial.giver
    ann, bob = giver.user(), giver.user()
    assert (ann, bob) == ("load-7-00000", "load-7-00001")
    ids = [giver.seen(ann), giver.seen(ann), giver.seen(bob)]
    assert len(set(ids)) == 3
    assert all(str(one).startswith("h00c0ffee-") for one in ids)
    assert trial.sent() == []


def test_a_request_with_such_ids_is_written_with_what_its_answer_means(tmp_path: Path) -> None:
    trial = Trial(tmp_path)
    ann = trial.giver.user()
    first, second, third = (trial.giver.seen(ann) for _ in range(3))
    trial.giver.answered(response({"ids": [first, "a stranger's", second]}), 5.0, None)
    trial.giver.answered(response({"ids": [third]}, 500), 5.0, None)
    accepted, refused = trial.sent()
    assert [len(row["artworks"]) for row in (accepted, refused)] == [2, 1]
    assert (accepted["outcome"], refused["outcome"]) == ("acknowledged", "unknown")
    assert accepted["done_ns"] - accepted["sent_ns"] == 5_000_000


def test_numbers_stay_numbers_and_are_found(tmp_path: Path) -> None:
    trial = Trial(tmp_path, more=NUMBERS)
    one = trial.giver.seen(trial.giver.user())
    assert isinstance(one, int)
    trial.giver.answered(response({"ids": [one]}), 1.0, None)
    assert len(trial.sent()) == 1


def test_an_id_in_the_path_is_found(tmp_path: Path) -> None:
    trial = Trial(tmp_path, IN_PATH)
    one = trial.giver.seen(trial.giver.user())
    trial.giver.answered(response(None, url=f"http://h/views/{one}?x=1"), 1.0, None)
    assert len(trial.sent()) == 1


def test_a_redirect_that_locust_followed_is_the_answer(tmp_path: Path) -> None:
    trial = Trial(tmp_path)
    one = trial.giver.seen(trial.giver.user())
    first = response({"ids": [one]}, 307)
    trial.giver.answered(response({"ids": [one]}, 202, history=[first]), 1.0, None)
    [sent] = trial.sent()
    assert (sent["status"], sent["outcome"]) == (307, "unknown")


@pytest.mark.parametrize(
    "reply",
    [
        None,
        response({"ids": ["a stranger's"]}),
        response(b"\x1f\x8bbroken"),
        response(None),
        SimpleNamespace(request=None, status_code=0, history=[]),
    ],
)
def test_what_carries_none_of_ours_is_not_written(tmp_path: Path, reply: Any) -> None:
    trial = Trial(tmp_path)
    trial.giver.seen(trial.giver.user())
    trial.giver.answered(reply, 1.0, ConnectionError("refused"))
    assert trial.sent() == []


def test_no_answer_leaves_the_outcome_open(tmp_path: Path) -> None:
    trial = Trial(tmp_path)
    one = trial.giver.seen(trial.giver.user())
    trial.giver.answered(response({"ids": [one]}, 0), 1.0, ConnectionError("refused"))
    [sent] = trial.sent()
    assert (sent["outcome"], sent["error"]) == ("unknown", "ConnectionError: refused")
