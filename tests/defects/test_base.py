"""Switches, overrides and patches: what is counted, what is put in place, and what comes back."""

from __future__ import annotations

import pytest

from defects.base import Patch, PatchMissing, RecorderDefect, Switch, Trial, in_a_page, installed


class Shop:
    """What is overridden here."""

    open = True

    def sell(self, count: int, *, gift: bool = False) -> str:
        return f"{count} sold{' as a gift' if gift else ''}"

    @staticmethod
    def price(count: int) -> int:
        return 3 * count

    @property
    def name(self) -> str:
        return "shop"


HERE = f"{__name__}:Shop"


def sell(switch: Switch, original: object, shop: Shop, count: int, *, gift: bool = False) -> str:
    assert callable(original)
    return str(original(shop, count, gift=gift)) if not switch.reached() else "sold out"


def price(switch: Switch, original: object, count: int) -> int:
    assert callable(original)
    return int(original(count)) + (1 if switch.reached() else 0)


def name(switch: Switch, original: object, shop: Shop) -> str:
    return "closed" if switch.reached() else "shop"


EVERY = {f"{HERE}.sell": sell, f"{HERE}.price": price, f"{HERE}.name": name}


def test_a_defect_acts_while_it_is_installed_and_counts_its_hits() -> None:
    switch = Switch(twin=False)
    with installed(EVERY, switch):
        assert (Shop().sell(2, gift=True), Shop.price(2), Shop().name) == ("sold out", 7, "closed")
    assert switch.hits == 3
    assert (Shop().sell(2, gift=True), Shop.price(2), Shop().name) == (
        "2 sold as a gift",
        6,
        "shop",
    )


def test_a_twin_counts_the_same_hits_and_does_what_the_original_does() -> None:
    switch = Switch(twin=True)
    with installed(EVERY, switch):
        assert (Shop().sell(2), Shop.price(2), Shop().name) == ("2 sold", 6, "shop")
    assert switch.hits == 3


@pytest.mark.parametrize("where", ["no.such:thing", f"{HERE}.lend", f"{__name__}:Bank.sell"])
def test_a_place_that_is_not_there_is_named(where: str) -> None:
    with (
        pytest.raises(LookupError, match="is not there"),
        installed({where: sell}, Switch(twin=True)),
    ):
        pass


def test_all_is_undone_when_a_later_place_is_not_there() -> None:
    places = {f"{HERE}.sell": sell, f"{HERE}.lend": sell}
    with pytest.raises(LookupError), installed(places, Switch(twin=False)):
        pass
    assert Shop().sell(1) == "1 sold"


def test_hits_are_reported_at_once_and_the_rest_at_the_end() -> None:
    reports: list[int] = []
    switch = Switch(twin=False, report=reports.append)
    for _ in range(5):
        switch.reached()
    assert reports == [1]
    switch.close()
    switch.close()
    assert reports == [1, 4]


def test_every_nth_call_is_one() -> None:
    switch = Switch(twin=False)
    assert [switch.every(3) for _ in range(7)] == [False, False, True, False, False, True, False]


SOURCE = "start();\nif (online) send();\nend();\n"
OFFLINE = RecorderDefect(
    about="Nothing is sent.",
    expected={"lost_unacked"},
    trials=[Trial("first_visit")],
    id="offline",
    patches=[Patch(file="a.js", old="if (online) send();", new="if (!REACHED) send();")],
)


def test_a_patch_replaces_its_text_and_reports_the_hit() -> None:
    defect = OFFLINE.patched("a.js", SOURCE, twin=False, reached="hit()")
    assert defect == "start();\nif (!(hit())) send();\nend();\n"
    twin = OFFLINE.patched("a.js", SOURCE, twin=True, reached="hit()")
    assert twin == "start();\n(hit());\nif (online) send();\nend();\n"
    assert OFFLINE.patched("b.js", SOURCE, twin=False) == SOURCE
    assert in_a_page("offline") in OFFLINE.patched("a.js", SOURCE, twin=False)
    assert OFFLINE.files == ("a.js",)


@pytest.mark.parametrize("source", ["start();", SOURCE + SOURCE])
def test_a_text_that_is_not_there_once_is_refused(source: str) -> None:
    with pytest.raises(PatchMissing, match=r"a\.js has .* [02] times"):
        OFFLINE.patched("a.js", source, twin=False)


def test_a_patch_without_a_switch_is_refused() -> None:
    with pytest.raises(ValueError, match="no REACHED"):
        Patch(file="a.js", old="x", new="y")
    with pytest.raises(ValueError, match="no REACHED"):
        Patch(file="a.js", old="x", new="REACHED", twin="x")
