"""What a user's recorder is given."""

from __future__ import annotations

from collections import Counter

from servers.ingest.experiments.definition import ServedExperiments
from tests.servers.ingest.experiments.flush import FLUSH


def test_without_a_file_the_roadmaps_tiers_are_served() -> None:
    served = ServedExperiments()
    given = {t: served.configuration("ann", t)["options"] for t in ("free", "plus", "pro")}
    assert given == {
        "free": {"flushDelayMs": 5_000},
        "plus": {"flushDelayMs": 2_000},
        "pro": {"flushDelayMs": 1_000},
    }


def test_no_tier_and_a_tier_that_is_gone_set_nothing() -> None:
    served = ServedExperiments()
    for tier in (None, "gold"):
        assert served.configuration("ann", tier) == {
            "userId": "ann",
            "tier": tier,
            "options": {},
            "experiments": {},
        }


def test_a_user_gets_the_options_of_the_own_variant() -> None:
    served = ServedExperiments(experiments={"flush": FLUSH})
    variants: Counter[str] = Counter()
    for number in range(200):
        user = f"user-{number}"
        variant = FLUSH.variant_of(user)
        options = dict(FLUSH.variants[variant].options)
        given = served.configuration(user, None)["experiments"]
        assert given == {"flush": {"variant": variant, "options": options}}
        variants[variant] += 1
    assert min(variants["fast"], variants["normal"]) > 60
