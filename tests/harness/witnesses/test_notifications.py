"""Receivers on loopback: what Slack and PagerDuty are sent, by receiver, state and alert."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aiohttp
import pytest

from harness.core.errors import HarnessError
from harness.ledger.files import Ledger, read_witness
from harness.ledger.kinds import ALERTS
from harness.witnesses.notifications import Receivers

pytestmark = pytest.mark.asyncio


def slack(state: str, alert: str) -> dict[str, Any]:
    return {"channel": "#a", "attachments": [{"title": f"{state} P2 {alert}"}]}


def page(action: str, summary: str = "") -> dict[str, Any]:
    payload = {"payload": {"summary": summary}} if summary else {}
    return {"event_action": action, "dedup_key": "k", **payload}


async def test_what_is_received_is_written_once_it_is_recorded(tmp_path: Path) -> None:
    receivers = Receivers()
    async with receivers.listening(), aiohttp.ClientSession() as http:
        with Ledger(tmp_path) as ledger:
            await http.post(f"{receivers.url}/slack", json=slack("firing", "Before"))
            await receivers.record(ledger.witness(ALERTS))
            for path, body in (
                ("slack", slack("firing", "One")),
                ("pagerduty", page("trigger", "One: it is so")),
                ("slack", slack("resolved", "One")),
                ("pagerduty", page("resolve")),
            ):
                async with http.post(f"{receivers.url}/{path}", json=body) as answer:
                    assert answer.ok
        assert receivers.of("One") == {
            (receiver, state)
            for receiver in ("slack #a", "pagerduty")
            for state in ("firing", "resolved")
        }
        assert receivers.newest("One") == {"slack #a": "resolved", "pagerduty": "resolved"}
        assert receivers.newest("Before") == {"slack #a": "firing"}
    table = ALERTS.with_kinds(read_witness(tmp_path / "alerts.arrows").table)
    columns = [table[name].to_pylist() for name in ("kind", "receiver", "state", "alert")]
    assert list(zip(*columns, strict=True)) == [
        ("receivers_answer", None, None, None),
        ("alert_notified", "slack #a", "firing", "One"),
        ("alert_notified", "pagerduty", "firing", "One"),
        ("alert_notified", "slack #a", "resolved", "One"),
        ("alert_notified", "pagerduty", "resolved", "One"),
    ]


async def test_receivers_that_do_not_answer_cannot_be_recorded(tmp_path: Path) -> None:
    receivers = Receivers()
    async with receivers.listening():
        url = receivers.url
    assert url
    with Ledger(tmp_path) as ledger, pytest.raises(HarnessError, match="do not answer"):
        await Closed(url).record(ledger.witness(ALERTS))


class Closed(Receivers):
    """Receivers that listened once."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._socket.close()
        self._url = url

    @property
    def url(self) -> str:
        return self._url
