"""Capabilities have keys, words and a place in the documentation."""

from __future__ import annotations

import pytest

from harness.target.capabilities import (
    EVERYTHING,
    Capability,
    Promise,
    Wrong,
    from_keys,
    reason_without,
)
from tests import ROOT


def test_a_capability_is_found_by_the_key_that_files_use() -> None:
    keys = [capability.key for capability in Capability]

    others = {Capability.LOCUSTFILE, Capability.NUMBERED_REQUESTS, Capability.MESSAGE_QUEUE}
    assert from_keys(keys) == EVERYTHING | others, "of files, clients and a topology"
    assert Capability.SERVER_METRICS.key == "server_metrics"


def test_a_key_that_no_capability_has_is_an_error() -> None:
    with pytest.raises(KeyError, match="recipts"):
        from_keys(["recipts"])


def test_the_reason_names_what_is_missing_in_the_order_of_the_enum() -> None:
    reason = reason_without({Capability.DATABASE_LOG, Capability.RECEIPTS})

    assert reason == (
        "the target does not offer a receipt for every batch that the server processed, "
        "the log of the database system"
    )


def test_the_contract_lists_every_capability_in_its_order() -> None:
    text = (ROOT / "docs" / "target-contract.md").read_text(encoding="utf-8")
    rows = [f"| `{capability.key}` | {capability.value} |" for capability in Capability]
    assert "\n".join(rows) in text


@pytest.mark.parametrize(
    ("promise", "no_loss", "no_duplicate", "resends"),
    [
        (Promise.EXACTLY_ONCE, True, True, True),
        (Promise.AT_LEAST_ONCE, True, False, True),
        (Promise.AT_MOST_ONCE, False, True, False),
    ],
)
def test_what_is_promised(
    promise: Promise, no_loss: bool, no_duplicate: bool, resends: bool
) -> None:
    assert promise.excludes(Wrong.LOSS) is no_loss
    assert promise.excludes(Wrong.DUPLICATE) is no_duplicate
    assert promise.resends is resends
