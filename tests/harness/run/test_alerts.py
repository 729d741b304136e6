"""The alerts part: a condition's span in the ledger, and waits that end in time."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from harness.core.errors import HarnessError
from harness.core.wait import wait_until
from harness.ledger.files import read_witness
from harness.ledger.kinds import ALERTS
from harness.run import alerts as alerts_part
from harness.run.alerts import Alerts
from harness.witnesses.notifications import Receivers
from tests.harness.fake_run import open_context, site
from tests.harness.prometheus import apis

pytestmark = pytest.mark.asyncio


def kinds(directory: Path) -> list[Any]:
    table = ALERTS.with_kinds(read_witness(directory / "alerts.arrows").table)
    found: list[Any] = table["kind"].to_pylist()
    return found


async def test_a_condition_has_a_beginning_and_an_end(tmp_path: Path) -> None:
    with apis() as shown:
        target = replace(site(), alert_apis=shown.urls)
        with open_context(tmp_path, target=target) as context:
            alerts = Alerts(context)
            await alerts.start()
            async with alerts.expected("One", resolved_within_s=20):
                shown.states["One"], shown.sent = "firing", ["One"]
                await alerts.fired("One", within_s=20)
                shown.states["One"] = "inactive"
            await context.exits.aclose()
    found = kinds(tmp_path)
    assert found[:2] == ["alerts_quiet", "alert_expected"]
    assert set(found[2:4]) == {"alert_firing", "alert_sent"}
    assert found[4:] == ["alert_condition_over", "alert_resolved", "alerts_watched"]


async def test_receivers_are_waited_for_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alerts_part, "NOTIFIED_S", 20.0)
    receivers = Receivers()
    with apis() as shown:
        target = replace(site(), alert_apis=shown.urls)
        async with receivers.listening():
            with open_context(tmp_path, target=target) as context:
                context = replace(context, receivers=receivers)
                alerts = Alerts(context)
                await alerts.start()
                async with alerts.expected("One", receivers=["slack #a"], resolved_within_s=20):
                    shown.states["One"], shown.sent = "firing", ["One"]
                    fired = asyncio.ensure_future(
                        alerts.fired("One", receivers=["slack #a"], within_s=20)
                    )
                    aim = shown.asked + 6
                    await wait_until("it was asked", lambda: shown.asked >= aim, timeout_s=20)
                    assert not fired.done()
                    await to_slack(receivers, "firing")
                    await fired
                    shown.states["One"] = "inactive"
                    await to_slack(receivers, "resolved")
                await context.exits.aclose()
    found = kinds(tmp_path)
    assert "receivers_answer" in found
    assert found.count("alert_notified") == 2


async def to_slack(receivers: Receivers, state: str) -> None:
    body = {"channel": "#a", "attachments": [{"title": f"{state} P2 One"}]}
    async with aiohttp.ClientSession() as http, http.post(f"{receivers.url}/slack", json=body) as a:
        assert a.status == 200


async def test_it_waits_until_no_rule_holds(tmp_path: Path) -> None:
    with apis() as shown:
        shown.states["One"] = "pending"
        target = replace(site(), alert_apis=shown.urls)
        with open_context(tmp_path, target=target) as context:
            starting = asyncio.ensure_future(Alerts(context).start())
            aim = shown.asked + 6
            await wait_until("it was asked", lambda: shown.asked >= aim, timeout_s=20)
            assert not starting.done()
            shown.states["One"] = "inactive"
            await starting
            await context.exits.aclose()


async def test_an_alert_that_does_not_come_is_no_error_here(tmp_path: Path) -> None:
    with apis() as shown:
        target = replace(site(), alert_apis=shown.urls)
        with open_context(tmp_path, target=target) as context:
            alerts = Alerts(context)
            await alerts.start()
            async with alerts.expected("One", resolved_within_s=0.3):
                await alerts.fired("One", within_s=0.3)
                shown.states["One"] = "firing"  # not at Alertmanager: it has not fired whole
                await alerts.fired("One", within_s=1.0)
            await context.exits.aclose()
    assert "alert_resolved" not in kinds(tmp_path)
    assert "alert_firing" in kinds(tmp_path)


async def test_without_monitoring_it_rests_and_cannot_wait(tmp_path: Path) -> None:
    with open_context(tmp_path) as context:
        alerts = Alerts(context)
        await alerts.start()
        with pytest.raises(HarnessError, match="no monitoring"):
            await alerts.fired("One", within_s=1)
