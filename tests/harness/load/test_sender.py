"""The sender does what the retry rules say, and the ledger tells of every attempt."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pytest

from harness.ledger import read_witness
from harness.load.child import PLAN_VARIABLE
from harness.load.schedule import Workload, user_name
from harness.load.sender import Sender

WORKLOAD = Workload(sessions=1, impressions=1, duration_s=0.2, flush_delay_s=0.1)


@dataclass
class Answer:
    """What Locust's client returns."""

    status_code: int
    headers: Mapping[str, str] = field(default_factory=dict)
    text: str = '{"inserted": 1}'


class Client:
    """Gives the answers it was made with, in order."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.bodies: list[dict[str, Any]] = []

    def post(self, path: str, *, data: bytes, headers: Mapping[str, str], name: str) -> Answer:
        self.bodies.append(json.loads(data))
        return self.answers.pop(0)


@pytest.mark.parametrize(
    ("answers", "outcomes"),
    [
        (
            [Answer(503, {"Retry-After": "0"}), Answer(429, {"Retry-After": "0"}), Answer(200)],
            ["unknown", "unknown", "acknowledged"],
        ),
        ([Answer(422)], ["refused"]),
        ([Answer(409)], ["unknown"]),
        ([Answer(503, {"Retry-After": "3600"})], ["unknown"]),
    ],
    ids=["twice not now", "final", "another's", "too long"],
)
def test_a_batch_is_sent_until_all_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answers: list[Answer], outcomes: list[str]
) -> None:
    plan = tmp_path / "plan.json"
    cookies = {user_name(1, 0): "a=1"}
    facts = {"workload": asdict(WORKLOAD), "seed": 1, "cookies": cookies}
    plan.write_text(json.dumps({**facts, "directory": str(tmp_path)}))
    monkeypatch.setenv(PLAN_VARIABLE, str(plan))
    client = Client(*answers)
    Sender().send_all(client)
    table = read_witness(tmp_path / "load.arrows").table
    assert table["outcome"].to_pylist() == outcomes
    assert table["attempt"].to_pylist() == list(range(1, len(outcomes) + 1))
    assert len({body["batchId"] for body in client.bodies}) == 1
    assert [body["attempt"] for body in client.bodies] == table["attempt"].to_pylist()
