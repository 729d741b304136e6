"""Which checks judge a load: the harness first, then the target, in the right windows."""

from __future__ import annotations

import pytest

from harness.ledger.rundir import Arm, CheckSpec
from scenarios.catalogue.declare import check
from scenarios.load.arms import MANY, RAMP_S, STRETCH_S, fast_and_exact, within, workload_of
from scenarios.workloads.catalogue import catalogue
from tests.scenarios.catalogue.asking import planned

HARNESS = {"workers_whole", "offered_rate", "new_row_share"}
TAIL = {"latency_p99", "latency_worst"}


def judged(workload: str, **options: str) -> dict[str, CheckSpec]:
    return {one.name: one for one in fast_and_exact({"workload": workload, **options})}


@pytest.mark.parametrize("name", sorted(catalogue()))
def test_no_workload_is_judged_without_a_look_at_how_it_was_made(name: str) -> None:
    cells = planned("load", workload=name, seeds=[1])
    names = set.intersection(*({one.name for one in cell.plan.checks} for cell in cells))
    beyond = {
        "trickle": {"load_as_planned", "views_as_planned", "nothing_lost", "every_view_carried"},
        "knee": {"sustains"},
        "knee-ready": {"knee_found", "workers_whole"},
        "saturate": {"pool_saturation"},
    }.get(name)
    if beyond:
        assert beyond | {"conservation", "nothing_twice"} <= names
        assert ("new_row_share" in names) is (name in ("knee", "knee-ready"))
    else:
        assert ("generator_healthy" in names) is (name != "steady")
        assert HARNESS | {*TAIL, "latency_p95", "flush_success", "nothing_lost"} <= names


def test_the_scale_target_holds_after_the_ramp_in_every_stretch() -> None:
    found = judged("scale")
    windows = {"exclude_first_s": RAMP_S, "for_s": STRETCH_S}
    assert dict(found["latency_p95"].parameters) == {"limit_ms": 100, **windows}
    assert dict(found["database_cpu"].parameters) == {"limit_percent": 60, **windows}
    assert dict(found["memory_growth"].parameters) == {
        "limit_bytes": 10,
        "exclude_first_s": RAMP_S,
    }


def test_a_short_one_is_not_judged_by_what_takes_long() -> None:
    assert not {"database_cpu", "memory_growth"} & judged("steady").keys()
    assert dict(judged("steady")["latency_p95"].parameters) == {"limit_ms": 100}


def test_memory_is_judged_over_many_impressions_at_one_rate() -> None:
    assert "memory_growth" in judged("soak")
    for name in ("roadmap", "spike"):
        assert "memory_growth" not in judged(name)
        assert "database_cpu" in judged(name)
    assert workload_of({"workload": "roadmap"}).total < MANY


@pytest.mark.parametrize(
    ("options", "workers"),
    [
        ({}, 1),
        ({"processes": "3"}, 3),
        ({"master": "10.0.0.1", "workers": "4"}, 4),
    ],
)
def test_every_generator_is_waited_for(options: Arm, workers: int) -> None:
    assert judged("scale", **options)["workers_whole"].parameters == {"workers": workers}


def test_a_target_s_own_window_stays() -> None:
    own = check("latency_p95", limit_ms=100, for_s=60)
    assert within(own, {"exclude_first_s": 20, "for_s": 30}).parameters == {
        "limit_ms": 100,
        "exclude_first_s": 20,
        "for_s": 60,
    }
