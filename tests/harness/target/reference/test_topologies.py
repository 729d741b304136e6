"""The topologies: what each needs, and what is none."""

from __future__ import annotations

import pytest

from harness.core.errors import UsageError
from harness.target.reference.topologies import TOPOLOGIES, topology_named, topology_of


def test_each_needs_the_parts_that_it_adds() -> None:
    assert {name: one.needs for name, one in TOPOLOGIES.items()} == {
        "single": (),
        "balanced": ("haproxy",),
        "pooled": ("pgbouncer",),
        "balanced-pooled": ("haproxy", "pgbouncer"),
        "replicated": (),
        "replicated-synchronous": (),
        "queued": ("rabbitmq",),
        "balanced-queued-pooled": ("haproxy", "pgbouncer", "rabbitmq"),
        "full": ("haproxy", "pgbouncer", "rabbitmq"),
        "sharded": ("haproxy",),
        "sharded-growing": ("haproxy",),
    }
    assert {name for name, one in TOPOLOGIES.items() if one.is_balanced} == {
        *("balanced", "balanced-pooled", "balanced-queued-pooled"),
        *("full", "sharded", "sharded-growing"),
    }
    assert {name: one.replication for name, one in TOPOLOGIES.items() if one.is_replicated} == {
        "replicated": "asynchronous",
        "replicated-synchronous": "synchronous",
        "full": "asynchronous",
    }
    assert {name for name, one in TOPOLOGIES.items() if not one.shows_own_writes} == {
        *("queued", "balanced-queued-pooled", "full"),
    }


def test_an_arm_without_one_is_single() -> None:
    assert topology_of({}).name == "single"
    assert topology_of({"topology": "pooled"}).is_pooled


def test_another_is_refused_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="no topology 'ballanced'") as refused:
        topology_named("ballanced")
    assert "balanced" in refused.value.hint
