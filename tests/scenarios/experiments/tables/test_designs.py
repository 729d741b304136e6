"""The designs of indexes are the reference schema, changed in one thing each."""

from __future__ import annotations

from importlib import resources

import pytest

from scenarios.catalogue.experiments import load_experiments
from scenarios.experiments.tables.designs import (
    COVERING,
    DESIGNS,
    INDEXES,
    changes,
    freshness,
    schema,
)


def migration(name: str) -> str:
    text = (resources.files("servers.ingest.storage.migrations") / f"{name}.sql").read_text()
    return " ".join(text.split())


def test_the_control_is_the_reference_schema() -> None:
    reference = migration("0001_schema")
    for statement in INDEXES:
        assert statement.format(table="user_art_impressions") in reference
    assert reference.count("INDEX user_art_impressions") == len(INDEXES)
    columns = " ".join(schema("roadmap", "user_art_impressions")[0].split())
    assert columns.removesuffix(" WITH (autovacuum_enabled = off)") in reference
    assert COVERING.format(table="user_art_impressions") in migration("improvement_covering_index")


@pytest.mark.parametrize("design", sorted(DESIGNS))
def test_a_design_is_the_schema_and_its_own_changes(design: str) -> None:
    made = schema(design, "bench.t")
    assert made[: 1 + len(INDEXES)] == schema("roadmap", "bench.t")
    assert made[1 + len(INDEXES) :] == changes(design, "bench.t")
    assert "{" not in "".join(made)
    dropped = [one.split()[-1] for one in changes(design, "bench.t") if "DROP INDEX" in one]
    assert all(any(name in one for one in INDEXES) for name in dropped)


def test_freshness_tests_the_id_as_the_roadmap_does_or_what_is_left_without_one() -> None:
    assert "uai.id IS NULL" in freshness("roadmap")
    assert freshness("covering") == freshness("roadmap")
    assert "uai.user_id IS NULL" in freshness("primary_key")
    assert "LIMIT 10" in freshness("roadmap")


@pytest.mark.parametrize("name", ["indexes", "indexes-large"])
def test_the_experiment_compares_every_design(name: str) -> None:
    one = load_experiments()[name]
    assert {arm: levels["indexes"] for arm, levels in one.arms.items()} == {d: d for d in DESIGNS}
    assert one.control == "roadmap"
