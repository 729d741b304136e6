"""A suite's facts are one content-addressed file; what is not as it was written is named."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from benchmarks.trend.nights import Nights, suites_of
from harness.core.errors import HarnessError, LedgerDamaged, LedgerUnreadable
from harness.ledger.history.facts import canonical, digest_of, read_facts

PLACE = Path("history/suites/x.json")
[FACTS] = suites_of(Nights(count=1))


def test_facts_come_back_as_they_were_written() -> None:
    raw = canonical(FACTS)
    assert read_facts(raw, digest_of(raw), PLACE) == FACTS


def test_the_order_of_what_is_in_a_mapping_changes_nothing() -> None:
    turned = replace(FACTS, environment=dict(reversed(FACTS.environment.items())))
    assert canonical(turned) == canonical(FACTS)
    assert b" " not in canonical(
        replace(FACTS, suite="", command="", reason="", cells=(), environment={}, target={})
    )


def test_a_digest_is_sha_256() -> None:
    assert digest_of(b"abc").startswith("ba7816bf8f01cfea")


@pytest.mark.parametrize("change", [lambda raw: raw[:-9], lambda raw: raw.replace(b"300", b"301")])
def test_a_file_that_was_cut_off_or_altered_is_damage(change: object) -> None:
    raw = canonical(FACTS)
    with pytest.raises(LedgerDamaged, match="altered or cut off"):
        read_facts(change(raw), digest_of(raw), PLACE)  # type: ignore[operator]


def test_what_is_no_facts_is_damage_that_names_the_field() -> None:
    for raw, message in (
        (b"{}", "missing required field format"),
        (b"[]", "expected object, got array"),
        (b'{"format":1}', "missing required field plan"),
        (canonical(FACTS).replace(b'"started"', b'"begun"'), "unknown field begun"),
    ):
        with pytest.raises(LedgerDamaged, match=message):
            read_facts(raw, digest_of(raw), PLACE)


def test_another_format_is_named() -> None:
    raw = canonical(FACTS).replace(b'"format":1', b'"format":2')
    with pytest.raises(LedgerUnreadable, match="has format 2, this harness reads 1") as raised:
        read_facts(raw, digest_of(raw), PLACE)
    assert raised.value.hint == "A newer harness wrote it: use that one"


def test_a_figure_that_is_no_number_is_not_written() -> None:
    cell = replace(FACTS.cells[0], figures={"x_ms": float("nan")})
    with pytest.raises(HarnessError, match="cannot write the history"):
        canonical(replace(FACTS, cells=(cell,)))
