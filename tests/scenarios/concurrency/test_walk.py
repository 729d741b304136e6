"""A walk is data: drawn by a seed, possible step by step, and the same when it is read back."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path

import pytest
from msgspec.structs import replace

from harness.browsers.base import Can
from harness.browsers.catalogue import ENGINES, entry_of
from harness.core.errors import LedgerUnreadable
from scenarios.concurrency.walk import (
    MOST_TABS,
    STEPS,
    USERS,
    VIEWS,
    Model,
    Step,
    Walk,
    draw,
    runnable,
)
from scenarios.concurrency.walker import read_walks, write_walks

ALL = frozenset(Can)
MANY = 60


def walks(can: frozenset[Can]) -> list[Walk]:
    return [draw(7, number, can) for number in range(MANY)]


def names(*steps: Step) -> list[str]:
    return [step.name for step in steps]


def opened(tab: int) -> Step:
    return Step(name="open", tab=tab)


def view(tab: int, *artworks: int) -> Step:
    return Step(name="view", tab=tab, artworks=artworks)


def test_the_same_seed_gives_the_same_walk_and_another_one_another() -> None:
    assert draw(7, 3, ALL) == draw(7, 3, ALL)
    assert len({walk.steps for walk in walks(ALL)}) == MANY
    assert draw(8, 3, ALL).steps != draw(7, 3, ALL).steps


def test_what_a_seed_draws_is_the_same_everywhere() -> None:
    drawn = [draw(7, number, ALL, steps=steps) for steps in (4, STEPS) for number in range(MANY)]
    text = "\n".join(f"{walk.options} {step}" for walk in drawn for step in walk.steps)
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == "c5a655619ea1d352"


@pytest.mark.parametrize("engine", ENGINES)
def test_every_walk_shows_as_many_views_in_at_least_so_many_steps(engine: str) -> None:
    for walk in walks(entry_of(engine).can):
        assert walk.views == VIEWS
        assert len(walk.steps) >= STEPS


@pytest.mark.parametrize("engine", ENGINES)
def test_only_what_is_possible_is_drawn(engine: str) -> None:
    can = entry_of(engine).can
    for walk in walks(can):
        model = Model(can)
        for step in walk.steps:
            assert model.allows(step), f"{step} in {walk.steps}"
            model.take(step)
            assert len(model.tabs) <= MOST_TABS


def test_every_kind_of_step_is_drawn_where_the_browser_can() -> None:
    found = Counter(step.name for walk in walks(ALL) for step in walk.steps)
    kinds = "view open switch hide close reload leave back forward offline online sign_in crash"
    assert set(found) == set(kinds.split())
    assert found["crash"] > MANY / 4


def test_a_browser_without_restore_is_not_crashed_and_one_that_cannot_hide_signs_no_user_in() -> (
    None
):
    found = {step.name for walk in walks(entry_of("webkitgtk").can) for step in walk.steps}
    assert "crash" not in found
    found = {step.name for walk in walks(frozenset()) for step in walk.steps}
    assert not found & {"crash", "hide", "switch", "sign_in"}


def test_no_tab_shows_the_same_artwork_twice_to_the_same_user() -> None:
    for walk in walks(ALL):
        shown = shown_by(walk)
        assert len(shown) == len(set(shown))


def test_tabs_show_to_one_user_what_another_saw_there_in_both_orders() -> None:
    orders = Counter[tuple[str, ...]]()
    for walk in walks(ALL):
        users: dict[tuple[int | None, int], tuple[str, ...]] = {}
        for tab, user, artwork in shown_by(walk):
            users[tab, artwork] = (*users.get((tab, artwork), ()), user)
        orders.update(users.values())
    assert orders["a", "b"] > 0
    assert orders["b", "a"] > 0


def shown_by(walk: Walk) -> list[tuple[int | None, str, int]]:
    """Return what each tab shows to which user, in this order."""
    model, shown = Model(ALL), []
    for step in walk.steps:
        if step.name == "view" and step.tab is not None:
            user = model.tabs[step.tab].knows
            shown += [(step.tab, user, artwork) for artwork in step.artworks]
        model.take(step)
    return shown


def test_no_visitor_looks_in_a_tab_that_does_not_know_who_is_signed_in() -> None:
    steps = [opened(0), opened(1), Step(name="sign_in", tab=0, user=USERS[1]), view(1, 4)]
    assert names(*runnable(steps, ALL)) == ["open", "open", "sign_in"]
    steps.insert(3, Step(name="switch", tab=1))
    assert len(runnable(steps, ALL)) == 5


def test_nothing_is_loaded_without_a_network() -> None:
    steps = [opened(0), Step(name="offline"), opened(1), Step(name="reload", tab=0), view(0, 1)]
    steps += [Step(name="leave", tab=0), Step(name="close", tab=0), Step(name="online")]
    assert names(*runnable(steps, ALL)) == ["open", "offline", "view", "close", "online"]


def test_a_crash_brings_the_network_back_and_wants_every_tab_on_its_page() -> None:
    steps = [opened(0), Step(name="offline"), Step(name="crash"), opened(1)]
    assert runnable(steps, ALL) == steps
    away = [opened(0), opened(1), Step(name="leave", tab=0), Step(name="crash")]
    assert names(*runnable(away, ALL)) == ["open", "open", "leave"]
    assert runnable([Step(name="crash")], ALL) == []


def test_what_is_left_of_a_walk_is_what_can_still_be_walked() -> None:
    for walk in walks(ALL):
        for part in (walk.steps[::2], walk.steps[1:], walk.steps[10:]):
            kept = runnable(part, ALL)
            assert runnable(kept, ALL) == kept
            assert set(kept) <= set(part)


def test_two_walks_share_no_user() -> None:
    one, other = draw(1, 11, ALL), draw(11, 1, ALL)
    assert one.stem != other.stem


def test_a_walk_is_the_same_when_it_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "walk.json"
    write_walks(path, walks(ALL))
    assert read_walks(path) == tuple(walks(ALL))


def test_a_step_is_described_in_words() -> None:
    assert str(replace(view(2, 4, 17), wait_ms=30)) == "view tab 2 artworks 4, 17 after 30 ms"
    assert str(Step(name="sign_in", tab=0, user="b")) == "sign_in tab 0 as b"
    assert str(Step(name="crash")) == "crash"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"seed": None}, r"walks\[0\].seed: expected int, got null"),
        ({"steps": [{"tab": 1}]}, r"walks\[0\].steps\[0\]: missing required field name"),
        ({"steps": "open"}, r"walks\[0\].steps: expected array, got str"),
        (
            {"steps": [{"name": "fly"}]},
            r"steps\[0\]: there is no step 'fly'; known are view, open, ",
        ),
        ({"steps": [{"name": "sign_in", "user": "eve"}]}, r"\[0\]: .* user 'eve'; known are a, b"),
        ({"steps": [{"name": "open", "tab": -1}]}, r"steps\[0\].tab: expected int >= 0"),
    ],
)
def test_what_is_no_walk_is_refused_in_one_line(
    change: dict[str, object], message: str, tmp_path: Path
) -> None:
    path = tmp_path / "walk.json"
    write_walks(path, [draw(1, 1, ALL)])
    content = json.loads(path.read_text())
    content["walks"][0] |= change
    path.write_text(json.dumps(content))
    with pytest.raises(LedgerUnreadable, match=message):
        read_walks(path)


def test_a_step_of_a_file_holds_only_what_it_needs(tmp_path: Path) -> None:
    """And a file of an earlier revision, which left out the same, is read."""
    path = tmp_path / "walk.json"
    steps = (Step(name="open", tab=0), Step(name="crash"), Step(name="online", wait_ms=30))
    write_walks(path, [Walk(seed=1, number=2, steps=steps)])
    stored = json.loads(path.read_text())
    assert stored == {
        "format": 1,
        "walks": [
            {
                "seed": 1,
                "number": 2,
                "steps": [
                    {"name": "open", "tab": 0},
                    {"name": "crash"},
                    {"name": "online", "wait_ms": 30},
                ],
            }
        ],
    }


def test_a_file_that_is_not_there_is_reported(tmp_path: Path) -> None:
    with pytest.raises(LedgerUnreadable, match="does not exist"):
        read_walks(tmp_path / "nothing.json")
    (tmp_path / "list.json").write_text(json.dumps([1]))
    with pytest.raises(LedgerUnreadable, match="expected object, got array"):
        read_walks(tmp_path / "list.json")


def after(*steps: Step, can: frozenset[Can] = ALL) -> Model:
    model = Model(can)
    for step in steps:
        model.take(step)
    return model


def of(tab: int, name: str, user: str = "") -> Step:
    return Step(name=name, tab=tab, user=user)


OFF = Step(name="offline")
TAB_STEPS = "view switch hide close reload leave back forward sign_in kill"
HERE = "view switch hide close reload leave sign_in kill"


@pytest.mark.parametrize(
    ("before", "able"),
    [
        ([opened(0)], HERE),
        ([opened(0), of(0, "hide")], HERE.replace("hide ", "")),
        ([opened(0), of(0, "hide"), of(0, "switch")], HERE),
        ([opened(0), of(0, "leave")], "back"),
        ([opened(0), of(0, "leave"), OFF], ""),
        ([opened(0), of(0, "leave"), of(0, "back")], f"{HERE} forward"),
        ([opened(0), of(0, "leave"), of(0, "back"), of(0, "forward")], "back"),
        ([opened(0), of(0, "leave"), of(0, "back"), of(0, "reload")], HERE),
        ([opened(0), of(0, "leave"), of(0, "back"), of(0, "kill")], HERE),
        ([opened(0), of(0, "leave"), of(0, "back"), Step(name="crash")], HERE),
        ([opened(0), of(0, "hide"), Step(name="crash")], HERE),
        ([opened(0), of(0, "leave"), of(0, "back"), OFF], "view switch hide close"),
        ([opened(0), OFF], "view switch hide close"),
        ([opened(0), opened(1)], "view switch close reload leave sign_in"),
        ([opened(0), opened(1), of(1, "close")], HERE.replace("hide ", "")),
        ([opened(0), opened(1), of(1, "sign_in", "b")], "switch close reload leave sign_in"),
        ([opened(0), opened(1), of(1, "sign_in", "a")], "view switch close reload leave sign_in"),
        ([opened(0), opened(1), of(1, "sign_in", "b"), OFF], "close"),
        (
            [opened(0), opened(1), of(1, "sign_in", "b"), of(0, "switch")],
            "view switch hide close reload leave sign_in",
        ),
        (
            [opened(0), opened(1), of(1, "sign_in", "b"), of(0, "reload")],
            "view switch close reload leave sign_in",
        ),
        (
            [opened(0), opened(1), of(1, "sign_in", "b"), Step(name="crash")],
            "view switch hide close reload leave sign_in",
        ),
        ([opened(0), of(0, "sign_in", "b")], HERE),
        (
            [opened(0), opened(1), of(0, "sign_in", "b")],
            "view switch hide close reload leave sign_in",
        ),
    ],
    ids=lambda value: " ".join(map(str, value)) if isinstance(value, list) else "",
)
def test_what_the_first_tab_can_do_then(before: list[Step], able: str) -> None:
    model = after(*before)
    assert {name for name in TAB_STEPS.split() if 0 in model.able(name)} == set(able.split())


def test_windows_stay_in_sight_where_tabs_cannot_be_switched() -> None:
    windows = after(opened(0), opened(1), can=ALL - {Can.SWITCH_TABS})
    assert windows.able("hide") == [0, 1]
    assert after(opened(0), opened(1)).able("hide") == [1]


@pytest.mark.parametrize(
    ("before", "possible"),
    [
        ([], "open offline"),
        ([OFF], "online"),
        ([OFF, Step(name="online")], "open offline"),
        ([opened(0)], "view open switch hide close reload leave sign_in offline crash"),
        (
            [opened(0), view(0, *range(VIEWS))],
            "open switch hide close reload leave sign_in offline crash",
        ),
        (
            [opened(0), view(0, *range(VIEWS - 1))],
            "view open switch hide close reload leave sign_in offline crash",
        ),
        (
            [opened(0), opened(1), of(1, "leave")],
            "view open switch close reload leave back sign_in offline",
        ),
        (
            [opened(n) for n in range(MOST_TABS)],
            "view switch hide close reload leave sign_in offline crash",
        ),
        (
            [opened(n) for n in range(MOST_TABS - 1)],
            "view open switch hide close reload leave sign_in offline crash",
        ),
        (
            [opened(0), OFF, Step(name="crash")],
            "view open switch hide close reload leave sign_in offline crash",
        ),
    ],
    ids=str,
)
def test_what_is_possible_then(before: list[Step], possible: str) -> None:
    assert after(*before).possible() == possible.split()


@pytest.mark.parametrize(
    ("step", "allowed"),
    [
        (Step(name="fault", how="503", count=1), True),
        (opened(0), False),
        (opened(1), True),
        (Step(name="open"), True),
        (view(0, 3), False),
        (view(0, 4, 3), False),
        (view(0, 4), True),
        (view(1, 4), False),
        (of(0, "close"), True),
        (of(7, "close"), False),
        (Step(name="online"), False),
        (OFF, True),
    ],
    ids=str,
)
def test_a_step_is_allowed_where_it_is_possible_and_shows_something_new(
    step: Step, allowed: bool
) -> None:
    assert after(opened(0), view(0, 3)).allows(step) is allowed


def test_a_tab_that_opens_has_the_next_number_whatever_was_closed() -> None:
    assert after(opened(0), opened(4), opened(2), of(4, "close")).opened == 5


def test_a_tab_that_has_shown_the_whole_pool_shows_nothing_more() -> None:
    model = Model(ALL, views_left=100, pool=3)
    model.take(opened(0))
    model.take(view(0, 1, 2))
    assert model.able("view") == [0]
    model.take(view(0, 3))
    assert model.able("view") == []
    assert model.views_left == 97


def test_a_walk_has_the_recorders_options_that_its_seed_chose() -> None:
    options = [draw(7, number, ALL).options for number in range(MANY)]
    fixed = {"retryBaseMs": "200", "retryCapMs": "1000", "onlineJitterMs": "200"}
    assert all(one.items() >= fixed.items() for one in options)
    delays = {one["flushDelayMs"] for one in options}
    assert delays == {"0", "100", "300", "1000", "600000"}
    assert {one["adoptEveryMs"] for one in options} == {"500", "2000", "15000"}


def test_a_short_walk_shows_all_its_views_at_its_end() -> None:
    walk = draw(7, 3, ALL, steps=2)
    assert walk.views == VIEWS
    assert {step.name for step in walk.steps[2:]} <= {"view", "open", "online", "back", "switch"}
    assert "switch" in names(*draw(7, 1039, ALL, steps=10).steps[10:])


def test_a_walk_that_is_walked_again_may_show_more_than_one_that_is_drawn() -> None:
    assert len(runnable([opened(0), view(0, *range(60)), view(0, 61)], ALL)) == 3


def test_what_a_fault_does_is_described_and_checked() -> None:
    fault = Step(name="fault", how="lost", count=2)
    assert str(fault) == "fault lost for 2 batches"
    for wrong in ({"how": "lost"}, {"how": "late", "count": 1}):
        with pytest.raises(ValueError, match=r"there is no fault '(lost|late)'; known are lost, "):
            Step(name="fault", **wrong)  # type: ignore[arg-type]


def test_the_ids_of_a_long_pool_are_as_long_as_ids_may_be() -> None:
    assert Walk(seed=1, number=2, steps=()).artwork("a") == "a"
    assert Walk(seed=1, number=2, steps=(), pool="long").artwork("a") == "a-" + "\u0e01" * 160
    assert Walk(seed=1, number=2, steps=()).stem == "walk-1-2-"
