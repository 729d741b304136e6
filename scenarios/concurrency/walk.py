"""A random walk over what a person does with a browser's tabs: the steps as data.

A *walk* is a list of steps that a seed draws one after the other, each from what is possible then.
Which that is, a small model says: which tabs are open, away or behind a sign-in, whether there is a
network. The same list can be walked again, in part too: what is not possible there is left out.

Nothing here touches a browser; ``walker.py`` does what the steps say.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from harness.browsers.base import Can
from harness.core.clock import seeded_random
from harness.ledger.json_files import Natural, Record

if TYPE_CHECKING:
    from random import Random  # noqa: TID251 - the type; the numbers come through the one door

STEPS = 30
VIEWS = 24
"""How many views a walk shows, so that a run knows how many to expect."""
MOST_TABS = 5
POOL = 30
"""Artworks of one walk: few, so that several tabs show the same ones."""
USERS = ("a", "b")
WAITS_MS = (0, 0, 30, 150, 400)
"""How long a person does nothing before a step: some flushes happen, some do not."""

_FLUSH_DELAYS_MS = (0, 100, 300, 1000, 600_000)
"""The last is later than any walk ends: such a page sends when it is left, and not by itself."""
_WEIGHTS = {
    "view": 12,
    "open": 4,
    "switch": 5,
    "hide": 2,
    "close": 2,
    "reload": 2,
    "leave": 2,
    "back": 5,
    "forward": 1,
    "offline": 1,
    "online": 4,
    "sign_in": 1,
    "crash": 1,
}
_SIMULATED = ("fault", "kill")
"""Steps that only the simulation draws (harness/simulation); a browser takes them where it can."""
FAULTS = (
    "lost",
    "answer_lost",
    "silence",
    "late_answer",
    "late_arrival",
    "503",
    "503-wait",
    "429-wait",
    "503-date",
    "401",
    "400",
)
"""What a step ``fault`` may do to the next batches; ``walk_faults.py`` has it done."""
_SAME_AGAIN = 0.75
"""How often a user looks at what another has seen in the same tab, where there is such."""
_ON_DISPLAY, _AWAY = "display", "away"


class Step(Record, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that a person does, ``wait_ms`` after the one before.

    ``tab`` is a tab's number in the order of opening; it keeps it over reloads and crashes.
    ``artworks`` are numbers of the walk's own pool, ``user`` is one of ``USERS``; ``how`` is what a
    fault does to the next ``count`` batches.
    """

    name: str
    tab: Natural | None = None
    artworks: tuple[int, ...] = ()
    user: str = ""
    wait_ms: Natural = 0
    how: str = ""
    count: Natural = 0

    def __post_init__(self) -> None:
        known = (*_WEIGHTS, *_SIMULATED)
        if self.name not in known:
            raise ValueError(f"there is no step {self.name!r}; known are {', '.join(known)}")
        if self.name == "fault" and (self.how not in FAULTS or not self.count):
            raise ValueError(f"there is no fault {self.how!r}; known are {', '.join(FAULTS)}")
        if self.user not in ("", *USERS):
            raise ValueError(f"there is no user {self.user!r}; known are {', '.join(USERS)}")

    def __str__(self) -> str:
        words = [self.name]
        words += [] if self.tab is None else [f"tab {self.tab}"]
        words += [f"artworks {', '.join(map(str, self.artworks))}"] if self.artworks else []
        words += [f"as {self.user}"] if self.user else []
        words += [f"{self.how} for {self.count} batches"] if self.how else []
        words += [f"after {self.wait_ms} ms"] if self.wait_ms else []
        return " ".join(words)


class Walk(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A list of steps, the recorder's options for all its pages, and the seed that drew them.

    ``luck`` changes the chance of the simulated world, and nothing in a browser. In the ``pool``
    ``long`` ids are as long as ids may be, of few, wide characters.
    """

    seed: int
    number: int
    options: Mapping[str, str] = {}
    steps: tuple[Step, ...]
    luck: Natural = 0
    pool: Literal["", "long"] = ""

    def artwork(self, plain: str) -> str:
        """Return the id in the walk's pool of the artwork that is called so elsewhere."""
        return f"{plain}-{'ก' * 160}" if self.pool == "long" else plain

    @property
    def views(self) -> int:
        """Return how many views it shows."""
        return sum(len(step.artworks) for step in self.steps)

    @property
    def stem(self) -> str:
        """Return what its users' names have in common; no other walk has it."""
        return f"walk-{self.seed}-{self.number}-"


@dataclass(slots=True)
class _Tab:
    """``knows``: who is signed in, as far as the page has noticed; ``seen``: what it has shown to
    each user."""

    where: str = _ON_DISPLAY
    knows: str = USERS[0]
    visible: bool = True
    was_away: bool = False
    seen: dict[str, set[int]] = field(default_factory=lambda: {user: set() for user in USERS})

    @property
    def shown(self) -> set[int]:
        """Return what it has shown to the user whom it knows to be signed in."""
        return self.seen[self.knows]

    @property
    def shown_to_others(self) -> set[int]:
        """Return what it has shown to another user, and not yet to this one."""
        return set().union(*self.seen.values()) - self.shown


@dataclass(slots=True)
class Model:
    """What of the browser decides which steps are possible."""

    can: frozenset[Can]
    tabs: dict[int, _Tab] = field(default_factory=dict)
    opened: int = 0
    signed_in: str = USERS[0]
    online: bool = True
    views_left: int = VIEWS
    pool: int = POOL

    def possible(self) -> list[str]:
        """Return the names of steps that some tab, or none, can take now."""
        names = ["view"] if self.views_left and self.able("view") else []
        if self.online and len(self.tabs) < MOST_TABS:
            names.append("open")
        names += [
            name
            for name in ("switch", "hide", "close", "reload", "leave", "back", "forward", "sign_in")
            if self.able(name)
        ]
        names.append("offline" if self.online else "online")
        if self._can_crash():
            names.append("crash")
        return names

    def able(self, name: str) -> list[int]:
        """Return the tabs that can take such a step."""
        return [number for number, tab in self.tabs.items() if self._is_able(name, tab)]

    def allows(self, step: Step) -> bool:
        """Return whether the step is possible now."""
        if step.name == "fault":
            return True
        if step.name in ("open", "offline", "online", "crash"):
            fresh = step.tab is None or step.tab not in self.tabs
            return step.name in self.possible() and fresh
        if step.tab not in self.able(step.name):
            return False
        return step.name != "view" or self.tabs[step.tab].shown.isdisjoint(step.artworks)

    def take(self, step: Step) -> None:
        """Become what is the case after a step."""
        tab = self.tabs.get(-1 if step.tab is None else step.tab)
        if step.name == "open" and step.tab is not None:
            self._hide_all()
            self.tabs[step.tab] = _Tab(knows=self.signed_in)
            self.opened = max(self.opened, step.tab + 1)
        elif step.name in ("offline", "online"):
            self.online = step.name == "online"
        elif step.name == "crash":
            self.online = True
            for one in self.tabs.values():
                one.knows, one.visible, one.was_away = self.signed_in, True, False
        elif step.name == "close" and step.tab is not None:
            del self.tabs[step.tab]
        elif tab is not None:
            self._take_in(tab, step)

    def _take_in(self, tab: _Tab, step: Step) -> None:
        if step.name == "view":
            tab.shown.update(step.artworks)
            self.views_left -= len(step.artworks)
        elif step.name == "switch":
            self._hide_all()
            tab.visible, tab.knows = True, self.signed_in if self.online else tab.knows
        elif step.name == "hide":
            tab.visible = False
        elif step.name in ("leave", "forward"):
            tab.where, tab.was_away = _AWAY, True
        elif step.name in ("back", "reload", "kill"):
            tab.where, tab.knows = _ON_DISPLAY, self.signed_in
            tab.was_away = step.name == "back"
        elif step.name == "sign_in":
            self._hide_all()
            self.signed_in = tab.knows = step.user
            tab.visible = True

    def _is_able(self, name: str, tab: _Tab) -> bool:
        here = tab.where == _ON_DISPLAY
        knows = tab.knows == self.signed_in
        if name == "view":
            return here and knows and len(tab.shown) < self.pool
        if name == "switch":
            return here and Can.HIDE in self.can and (self.online or knows)
        if name == "hide":
            return here and Can.HIDE in self.can and tab.visible
        if name in ("reload", "leave"):
            return here and self.online
        if name == "back":
            return not here and self.online
        if name == "forward":
            return here and tab.was_away and self.online
        if name == "sign_in":
            return here and self.online and Can.HIDE in self.can
        if name == "kill":  # drivers crash the page of a browser's only tab
            return here and self.online and Can.CRASH_PAGE in self.can and len(self.tabs) == 1
        return name == "close" and here

    def _can_crash(self) -> bool:
        """Only display pages are looked for afterwards."""
        here = [tab for tab in self.tabs.values() if tab.where == _ON_DISPLAY]
        return Can.RESTORE in self.can and 0 < len(here) == len(self.tabs)

    def _hide_all(self) -> None:
        """Put another tab in front; windows stay as they are, and who cannot hide hides nothing."""
        if Can.SWITCH_TABS in self.can:
            for tab in self.tabs.values():
                tab.visible = False


def draw(seed: int, number: int, can: frozenset[Can], *, steps: int = STEPS) -> Walk:
    """Draw a walk. The same arguments give the same walk, on every machine.

    Its last steps show what is left of ``VIEWS``.
    """
    chance = seeded_random(seed, f"walk {number}")
    model, taken = Model(can), list[Step]()
    options = {
        "flushDelayMs": str(chance.choice(_FLUSH_DELAYS_MS)),
        "retryBaseMs": "200",
        "retryCapMs": "1000",
        "onlineJitterMs": "200",
        "adoptEveryMs": str(chance.choice((500, 2000, 15_000))),
    }
    while len(taken) < steps or model.views_left:
        names = model.possible() if len(taken) < steps else _ending(model)
        weights = [_WEIGHTS[name] for name in names]
        [name] = chance.choices(names, weights)
        step = _drawn(name, model, chance)
        model.take(step)
        taken.append(step)
    return Walk(seed=seed, number=number, steps=tuple(taken), options=options)


def runnable(steps: Iterable[Step], can: frozenset[Can]) -> list[Step]:
    """Return the steps that are possible one after the other; the others are left out."""
    model, kept = Model(can, views_left=10**6, pool=10**6), list[Step]()
    for step in steps:
        if model.allows(step):
            model.take(step)
            kept.append(step)
    return kept


def _ending(model: Model) -> list[str]:
    """Return what may come after the last step, so that all views are shown."""
    if model.able("view"):
        return ["view"]
    for name in ("online", "back", "switch"):
        if name in model.possible():
            return [name]
    return ["open"]


def _drawn(name: str, model: Model, chance: Random) -> Step:
    wait_ms = chance.choice(WAITS_MS)
    if name == "open":
        return Step(name=name, tab=model.opened, wait_ms=wait_ms)
    if name in ("offline", "online", "crash"):
        return Step(name=name, wait_ms=wait_ms)
    tab = chance.choice(model.able(name))
    if name == "view":
        # After another has signed in: most often what the one before saw in this tab.
        one = model.tabs[tab]
        known = one.shown_to_others if chance.random() < _SAME_AGAIN else set()
        unseen = sorted(known or set(range(POOL)) - one.shown)
        count = min(chance.choice((1, 1, 2, 3)), model.views_left, len(unseen))
        artworks = tuple(chance.sample(unseen, count))
        return Step(name=name, tab=tab, artworks=artworks, wait_ms=wait_ms)
    user = chance.choice(USERS) if name == "sign_in" else ""
    return Step(name=name, tab=tab, user=user, wait_ms=wait_ms)
