"""The factor ``network`` says what makes a run's network, and what it is like all along."""

from __future__ import annotations

import pytest

from harness.core.errors import UsageError
from harness.ledger.network import BACKENDS, PlannedNetwork


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("profile", ["", "slow-3g", "a@b"])
def test_a_level_says_it_again(backend: str, profile: str) -> None:
    network = PlannedNetwork(backend=backend, profile=profile)
    assert PlannedNetwork.parse(str(network)) == network


@pytest.mark.parametrize("text", ["", "slow-3g", "slow-3g@pigeons", "@packets", "packets@"])
def test_a_level_without_a_backend_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="names no backend"):
        PlannedNetwork.parse(text)


@pytest.mark.parametrize(
    ("arm", "network"),
    [
        ({"browser": "chromium"}, None),
        ({"network": "packets"}, PlannedNetwork(backend="packets")),
        (
            {"network": "slow-3g@toxiproxy"},
            PlannedNetwork(backend="toxiproxy", profile="slow-3g"),
        ),
    ],
)
def test_an_arm_has_one_network_or_none(
    arm: dict[str, str], network: PlannedNetwork | None
) -> None:
    assert PlannedNetwork.of(arm) == network


def test_a_stored_arm_of_an_earlier_revision_means_the_same() -> None:
    stored = {"line": "slow-3g", "network": "packets", "workload": "steady"}
    assert str(PlannedNetwork.of(stored)) == "slow-3g@packets"
