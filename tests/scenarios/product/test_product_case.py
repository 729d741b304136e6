"""Every case of the product is judged by what replays may not do, on a server with the product."""

from __future__ import annotations

from scenarios.catalogue.declare import load_all

CASES = [one for one in load_all().values() if one.matrix == "product"]


def test_every_case_has_the_product_and_is_judged_by_delivery_and_by_what_is_new() -> None:
    assert CASES
    for case in CASES:
        for arm in case.arms:
            assert {*arm["improvement"].split("+")} <= {"product", "admin", "prediction"}
            names = {spec.name for spec in case.checks(arm)}
            own = {"replays_not_recorded", "favourites_once", "admins_alone", "feed_accounts"}
            own |= {"erasure_exact", "history_whole", "prefetched_unseen"}
            assert own & names
            assert names & {"nothing_lost", "erasure_exact", "history_whole"}
