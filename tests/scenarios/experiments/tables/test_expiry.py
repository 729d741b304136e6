"""Ways to expire: the months that go, and what partitions cannot promise."""

from __future__ import annotations

from scenarios.catalogue.experiments import load_experiments
from scenarios.experiments.tables.designs import INDEXES
from scenarios.experiments.tables.expiry import DELETE, EXPIRIES, KEPT_DAYS, UNIQUE, partitioned


def test_each_way_deletes_or_drops_what_is_older() -> None:
    assert EXPIRIES["keep"] == ()
    assert f"'{KEPT_DAYS} days'" in DELETE
    assert all(EXPIRIES[way][0] == DELETE for way in ("delete", "vacuum", "full"))
    assert EXPIRIES["partitions"] == (
        "DROP TABLE bench.impressions_4",
        "DROP TABLE bench.impressions_5",
    )


def test_partitions_leave_no_moment_out_and_put_the_time_into_what_is_unique() -> None:
    made = partitioned("bench.impressions", "2026-05-31", INDEXES)
    bounds = [one.split("FOR VALUES ")[1].split(" WITH")[0] for one in made if "FOR VALUES" in one]
    assert bounds == [
        "FROM (date '2026-05-31' - 30) TO (MAXVALUE)",
        "FROM (date '2026-05-31' - 60) TO (date '2026-05-31' - 30)",
        "FROM (date '2026-05-31' - 90) TO (date '2026-05-31' - 60)",
        "FROM (date '2026-05-31' - 120) TO (date '2026-05-31' - 90)",
        "FROM (MINVALUE) TO (date '2026-05-31' - 120)",
    ]
    assert UNIQUE.format(table="bench.impressions") in made
    assert "(user_id, artwork_id, viewed_at)" in UNIQUE
    assert not any("(user_id, artwork_id)" in one for one in made)
    assert sum("INDEX" in one for one in made) == len(INDEXES)


def test_the_experiment_compares_every_way() -> None:
    arms = load_experiments()["ttl"].arms
    assert {arm: levels["expiry"] for arm, levels in arms.items()} == {way: way for way in EXPIRIES}
