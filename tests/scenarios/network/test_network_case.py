"""How long recovery may take, and by what a case of the network matrix is judged."""

from __future__ import annotations

import pytest

from harness.browsers.catalogue import ENGINES
from scenarios.catalogue.declare import check
from scenarios.network.network_case import backs_off, network_case, recovers, recovery_s
from tests.scenarios.registered import named, registered

DURABLE = {"browser": "chromium", "preset": "durable"}
ROADMAP = {"browser": "chromium", "preset": "roadmap"}


@pytest.mark.parametrize(("broken_s", "allowed_s"), [(0, 15), (10, 35), (20, 55), (120, 155)])
def test_recovery_takes_as_long_again_a_backoff_and_a_request(
    broken_s: float, allowed_s: float
) -> None:
    assert recovery_s(broken_s) == allowed_s


def test_an_outage_was_there_and_everything_came_in_time() -> None:
    live, in_time = recovers(30, felt_least=0)
    assert (live.name, live.parameters) == ("fault_was_live", {"lasting_s": 30, "felt_least": 0})
    assert (in_time.name, in_time.parameters) == ("in_time", {"within_s": recovery_s(30)})
    assert recovers(30, at_most_s=60)[1].parameters == {"within_s": recovery_s(60)}


def test_retries_are_counted_where_it_is_asked() -> None:
    assert backs_off().parameters["retries"] == 1
    assert backs_off(retries=3).parameters["retries"] == 3


def test_only_the_durable_recorder_is_judged_by_the_cases_own_checks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case = registered(
        monkeypatch, network_case, views=4, about_s=1, checks=[check("in_time", within_s=1)]
    )
    assert case.matrix == "network"
    assert named(case, DURABLE)[-2:] == ["drained_in_time", "in_time"]
    assert set(named(case, DURABLE)) - set(named(case, ROADMAP)) == {"drained_in_time", "in_time"}
    assert case.checks(ROADMAP)[0].parameters == {"views": 4}


def test_paths_stand_in_the_place_of_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    """And none at all is a case that needs no bad line."""
    how = [{"how": "killed"}, {"how": "drained"}]
    case = registered(monkeypatch, network_case, views=1, about_s=1, presets=["durable"], paths=how)
    assert len(case.arms) == len(ENGINES) * 2
    assert {arm["how"] for arm in case.arms} == {"killed", "drained"}
    bare = registered(
        monkeypatch, network_case, views=1, about_s=1, presets=["durable"], networks=[]
    )
    assert all(arm.keys() == {"browser", "preset"} for arm in bare.arms)
