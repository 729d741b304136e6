"""One network a cell: the best that is here, or the one that is asked for, or an error."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from harness.core.errors import UsageError
from harness.ledger.plan import PlannedCell
from tests.scenarios.catalogue.asking import arms_of, planned

NO_PACKETS = {"packets": "get packets"}


def slow_3g(network: Sequence[str] = (), **lacking: str) -> list[str]:
    levels = {"network": network} if network else {}
    cells = planned("slow_3g", browser="chromium", preset="durable", lacking=lacking, **levels)
    return arms_of(cells, "network")


def test_of_two_backends_the_one_that_is_here_is_chosen() -> None:
    every = planned("slow_3g", browser="chromium", preset="durable", every=True)
    assert arms_of(every, "network") == ["packets", "toxiproxy"]
    assert slow_3g() == slow_3g(["auto"]) == ["packets"]
    assert slow_3g(packets="get them") == ["toxiproxy"]
    assert slow_3g(["toxiproxy"]) == ["toxiproxy"]


def test_both_backends_run_when_both_are_asked_for() -> None:
    assert slow_3g(["toxiproxy", "packets"]) == ["toxiproxy", "packets"]


def test_where_neither_is_here_the_better_one_is_planned_with_the_way_to_get_it() -> None:
    lacking = {"packets": "get packets", "toxiproxy": "get toxiproxy"}
    [cell] = planned("slow_3g", browser="chromium", preset="durable", lacking=lacking)
    assert cell.plan.arm["network"] == "packets"
    assert cell.not_run is not None
    assert cell.not_run.fix == "get packets"


def test_any_scenario_can_have_a_profile_for_its_whole_run() -> None:
    def network(*asked: str, **lacking: str) -> list[str]:
        return arms_of(planned("steady_load", network=asked, lacking=lacking), "network")

    assert network("slow-3g") == ["slow-3g@packets"]
    assert network("slow-3g", packets="get them") == ["slow-3g@toxiproxy"]
    assert network("slow-3g@toxiproxy") == ["slow-3g@toxiproxy"]
    assert network("fast-3g", "slow-3g") == ["fast-3g@packets", "slow-3g@packets"]


def test_only_packets_can_be_lost() -> None:
    [cell] = planned("steady_load", network="lossy", lacking=NO_PACKETS)
    assert cell.plan.arm["network"] == "lossy@packets"
    assert cell.not_run is not None
    assert cell.not_run.reason == "packets missing"
    with pytest.raises(UsageError, match="toxiproxy cannot lose packets"):
        planned("steady_load", network="lossy@toxiproxy")


@pytest.mark.parametrize(
    ("name", "network", "words"),
    [
        ("slow_3g", ["fast-3g"], "makes a network of its own"),
        ("steady_load", ["packets"], "no cell needs a network by packets"),
        ("steady_load", ["slow-3g", "packets"], "no cell needs a network by packets"),
        ("steady_load", ["slow3g"], "there is no network 'slow3g'"),
        ("steady_load", ["slow3g@packets"], "there is no network 'slow3g'"),
        ("steady_load", ["slow-3g@pigeons"], "names no backend"),
    ],
)
def test_a_network_that_makes_no_sense_is_refused(
    name: str, network: list[str], words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        planned(name, network=network)


def test_a_browser_elsewhere_is_not_behind_a_link_of_packets() -> None:
    def asked(*network: str) -> PlannedCell:
        browser = "cdp+http://x:9222"
        levels = {"network": network} if network else {}
        [cell] = planned("fast_3g", browser=browser, preset="durable", seeds=(1,), **levels)
        return cell

    assert asked().plan.arm["network"] == "toxiproxy"
    forced = asked("packets")
    assert forced.not_run is not None
    assert forced.not_run.kind == "unsupported"
