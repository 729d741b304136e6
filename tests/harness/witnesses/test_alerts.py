"""The alerts witness writes what changes, and how much it watched."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.core.wait import wait_until
from harness.ledger.files import Ledger, read_witness
from harness.ledger.kinds import ALERTS
from harness.witnesses.alerts import AlertsWitness
from tests.harness.prometheus import Apis, apis

pytestmark = pytest.mark.asyncio


def rows(directory: Path) -> list[tuple[str, Any]]:
    table = ALERTS.with_kinds(read_witness(directory / "alerts.arrows").table)
    return list(zip(table["kind"].to_pylist(), table["alert"].to_pylist(), strict=True))


async def asked_again(shown: Apis) -> None:
    aim = shown.asked + 4
    await wait_until("it asked twice more", lambda: shown.asked >= aim, timeout_s=20)


async def test_changes_are_written_once_and_in_order(tmp_path: Path) -> None:
    with apis() as shown, Ledger(tmp_path) as ledger:
        watching = AlertsWitness(*shown.urls, ledger.witness(ALERTS))
        watching.start()
        assert not watching.has_been_quiet
        await asked_again(shown)
        assert watching.has_been_quiet
        for states in ({"One": "pending"}, {"One": "firing", "Two": "pending"}):
            shown.states |= states
            await asked_again(shown)
        assert watching.has_been_quiet
        shown.sent = ["One"]
        await asked_again(shown)
        assert (watching.state("One"), watching.is_sent("One")) == ("firing", True)
        assert (watching.state("Two"), watching.is_sent("Two")) == ("pending", False)
        assert watching.state("Three") == "inactive"
        shown.states |= {"One": "inactive", "Two": "inactive"}
        await asked_again(shown)
        assert watching.rules == 2
        for sent in ([], ["One"]):
            shown.sent = sent
            await asked_again(shown)
        watching.stop()
    assert rows(tmp_path) == [
        ("alerts_quiet", None),
        ("alert_pending", "One"),
        ("alert_firing", "One"),
        ("alert_pending", "Two"),
        ("alert_sent", "One"),
        ("alert_resolved", "One"),
        ("alert_not_pending", "Two"),
        ("alert_sent", "One"),
        ("alerts_watched", None),
    ]


async def test_rules_with_errors_and_answers_that_are_none_do_not_count(tmp_path: Path) -> None:
    with apis() as shown, Ledger(tmp_path) as ledger:
        watching = AlertsWitness(*shown.urls, ledger.witness(ALERTS))
        shown.health = "err"
        watching.start()
        await asked_again(shown)
        assert watching.rules == 0
        shown.fails = True
        await asked_again(shown)
        shown.states["One"] = "firing"
        await asked_again(shown)
        watching.stop()
    assert rows(tmp_path) == [("alerts_watched", None)]


async def test_it_is_not_quiet_before_every_rule_was_evaluated(tmp_path: Path) -> None:
    with apis() as shown, Ledger(tmp_path) as ledger:
        watching = AlertsWitness(*shown.urls, ledger.witness(ALERTS))
        shown.unevaluated = {"Two"}
        watching.start()
        await asked_again(shown)
        assert (watching.rules, watching.has_been_quiet) == (1, False)
        shown.unevaluated = set()
        await asked_again(shown)
        assert watching.has_been_quiet
        watching.stop()


async def test_one_that_was_never_answered_polled_nothing(tmp_path: Path) -> None:
    with apis() as shown, Ledger(tmp_path) as ledger:
        shown.fails = True
        watching = AlertsWitness(*shown.urls, ledger.witness(ALERTS))
        watching.start()
        await asked_again(shown)
        watching.stop()
    assert read_witness(tmp_path / "alerts.arrows").table["polls"].to_pylist() == [0]
