"""The system around a client: found by its file, with what its page offers and it promises."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.core.errors import UsageError
from harness.target.capabilities import Capability, Promise
from harness.target.system import system_for_run, system_named
from reports.checks import CHECKS
from scenarios.catalogue.cells import why_not
from scenarios.catalogue.declare import load_all
from scenarios.catalogue.request import TargetOffer
from tests.harness.target.client.facts import client_facts, client_file

NOT_ASKED = {
    "acknowledged_p95",
    "drained_in_time",
    "each_id_once",
    "page_events_whole",
    "queue_adds_up",
    "retries_paced",
    "telemetry_reconciles",
    "went_over",
}
"""Some of the checks that need what no client gives."""
STILL_ASKED = {
    "conservation",
    "every_view_carried",
    "nothing_lost",
    "nothing_twice",
    "nothing_unshown",
    "roadmap_sql",
    "views_as_planned",
    "witnesses_whole",
}


def test_a_client_file_names_a_system(tmp_path: Path) -> None:
    name = f"client:{client_file(tmp_path, client_facts())}"
    system = system_named(name)
    assert system_for_run(name, 7) == system
    assert (system.name, system.promise) == (name, Promise.AT_LEAST_ONCE)
    assert system.settings == ("default", "reliable", "untouched")
    assert system.settings_on_request == ("untouched",)
    assert system.page.options(preset="reliable") == {"preset": "reliable"}


def test_a_promise_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    name = f"client:{client_file(tmp_path, client_facts(promise='mostly'))}"
    with pytest.raises(UsageError, match="'mostly' is no promise of delivery"):
        system_named(name)


def test_checks_of_what_a_client_does_not_give_are_not_asked(tmp_path: Path) -> None:
    offered = system_named(f"client:{client_file(tmp_path, client_facts())}").capabilities
    not_asked = {name for name, check in CHECKS.items() if check.needs - offered}
    assert not_asked >= NOT_ASKED
    assert not_asked.isdisjoint(STILL_ASKED)


class Everything:
    """A machine on which nothing is missing."""

    def fix(self, part: str) -> None:
        return None


def test_scenarios_that_need_more_of_a_page_are_unsupported_with_the_reason(tmp_path: Path) -> None:
    system = system_named(f"client:{client_file(tmp_path, client_facts())}")
    tried = TargetOffer(offered=system.capabilities, settings=system.settings)
    reasons = {
        name: why.reason
        for name, scenario in load_all().items()
        for arm in (scenario.arms or scenario.on_request)[:1]
        if (why := why_not(scenario, {**arm, "preset": "default"}, Everything(), tried))
    }
    assert reasons["telemetry_metrics"] == (
        "the target does not offer a recorder that reports its events, "
        "a recorder that counts its flushes"
    )
    assert reasons["steady_load"] == "the target is a client in a page: no browser"
    run = {"pagehide_on_close", "answer_lost", "five_tabs", "beacon_500", "reloads"}
    assert run.isdisjoint(reasons)
    assert Capability.PAGE_EVENTS not in system.capabilities
