"""What a defect is: where it sits, what it does there, and the name by which it must be caught.

A defect is one module that says ``DEFECT = …``; its id is the module's name, its layer the folder.
The *switch* is the place where it acts. Whenever a run gets there, a hit is counted, and the defect
does the wrong thing. Its *healthy twin* is installed in the same place and counts the same hits,
but does what the original does; it must be green. An override therefore begins so::

    async def write(switch: Switch, original: Write, store: Store, shares: Shares) -> list[Written]:
        if not switch.reached():
            return await original(store, shares)
        return [Written(inserted=len(share.artworks), duplicate=0) for share in shares]
"""

from __future__ import annotations

import functools
import importlib
import inspect
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

Layer = Literal["recorder", "server", "database", "pool", "product", "network", "harness"]
LAYERS: tuple[Layer, ...] = (
    "recorder",
    "server",
    "database",
    "pool",
    "product",
    "network",
    "harness",
)
REACHED = "REACHED"
"""Stands in a patch where the switch is; it becomes a call that reports a hit."""

REPORT_EVERY_S = 1.0


class Switch:
    """Counts how often the place of a defect was reached, and says whether the defect acts.

    ``report`` takes the hits since its last call: at the first one, then at most once a second,
    and the rest when the switch is closed. ``memory`` is the defect's own, for as long as it is
    installed.
    """

    def __init__(self, *, twin: bool, report: Callable[[int], None] = lambda hits: None) -> None:
        self.twin = twin
        self.hits = 0
        self.memory: dict[Any, Any] = {}
        self._report = report
        self._reported = 0
        self._reported_s = 0.0
        self._calls = 0

    def reached(self) -> bool:
        """Count a hit; return True where the defect acts, False in its healthy twin."""
        self.hits += 1
        if self._reported == 0 or time.monotonic() - self._reported_s >= REPORT_EVERY_S:
            self.close()
        return not self.twin

    def every(self, nth: int) -> bool:
        """Return whether this call is an nth one: the nth, the 2 nth and so on."""
        self._calls += 1
        return self._calls % nth == 0

    def once(self, nth: int) -> bool:
        """Return whether this call is the nth one; no other is."""
        return self.every(nth) and self._calls == nth

    def close(self) -> None:
        """Report the hits that have not been reported yet."""
        new, self._reported = self.hits - self._reported, self.hits
        if new:
            self._reported_s = time.monotonic()
            self._report(new)


@dataclass(frozen=True, slots=True, kw_only=True, init=False)
class Trial:
    """A cell in which a defect is tried: a scenario, the levels of its arm and the (first) seed,
    which says among other things what kinds of ids a visitor sees."""

    scenario: str
    arm: Mapping[str, str]
    seed: int

    def __init__(self, scenario: str, *, seed: int = 1, **arm: str) -> None:
        object.__setattr__(self, "scenario", scenario)
        object.__setattr__(self, "arm", arm)
        object.__setattr__(self, "seed", seed)


VISIT = Trial("first_visit", browser="chromium")
"""The cheapest visit."""
LOOK_ALIKES = Trial("look_alikes", browser="chromium")
"""The visit that sees every kind of ids that are easily taken for one another."""
LOAD = Trial("steady_load", duration="15", rate="200", sessions="200")
"""The cheapest load that reaches a server from many sessions, with seconds enough to judge it."""
USERS = Trial("steady_load", duration="15", rate="200", sessions="736")
"""The cheapest load that has a pair of users for every kind of likeness."""
MANY = Trial("steady_load", duration="62", rate="900", sessions="300")
"""The cheapest load by which the memory of a server is judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Defect:
    """One thing that is wrong.

    ``about`` says what, in one sentence. ``expected`` are the fates and checks of which any one is
    its right name, in a cell whose verdict is ``verdict``: ``fail`` where the target is to blame,
    ``unknown`` where an instrument is. It is tried in each of the ``trials``. ``chance``: whether a
    run catches it is a matter of chance. ``walks``: by how many simulated walks it is found at the
    latest, 0 where the simulation does not tell. ``id`` and ``layer`` are the module's and its
    folder's names.
    """

    about: str
    expected: Collection[str]
    trials: Sequence[Trial]
    verdict: Literal["fail", "unknown"] = "fail"
    chance: bool = False
    smoke: bool = False
    walks: int = 0
    id: str = ""
    layer: Layer = "server"


Replacement = Callable[..., Any]
"""Called with the switch, the original, and what the original is called with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerDefect(Defect):
    """A defect of the server or its database: overrides in the server's process.

    ``overrides``: ``module:attribute`` or ``module:Class.attribute`` → what is called instead.
    ``judging`` are those of a judge that is wrong as well, installed while the run is judged.
    """

    overrides: Mapping[str, Replacement]
    judging: Mapping[str, Replacement] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerDefect(Defect):
    """A defect of a program beside the server: overrides in its processes. ``program`` is its
    package: what makes new artworks, what stores from a queue, what moves buckets between shards.
    """

    overrides: Mapping[str, Replacement]
    program: str = "servers.pool"


Moment = Literal["run", "generator", "judging"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HarnessDefect(Defect):
    """A defect of the harness or of its faults: overrides in a process of the harness.

    ``at``: while the run is started, carried out and recorded, in the process that sends a load,
    or while the closed run is judged.
    """

    overrides: Mapping[str, Replacement]
    at: Moment = "run"


class PatchMissing(ValueError):
    """The text that a patch replaces is not there exactly once: the source has changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """Text of a file of the page (servers/client) and what takes its place.

    ``new`` holds ``REACHED`` where the defect acts, an expression. In the healthy twin the text is
    ``twin``, or ``REACHED;`` before the old one where that is empty: ``old`` then begins a
    statement.
    """

    file: str
    old: str
    new: str
    twin: str = ""

    def __post_init__(self) -> None:
        for text in (self.new, self.twin or REACHED):
            if REACHED not in text:
                raise ValueError(f"{self.file}: no {REACHED} in {text!r}")

    def applied(self, source: str, *, twin: bool, reached: str) -> str:
        """Return the file's text with the patch; ``reached`` is the expression that reports a hit.

        Raises PatchMissing unless ``old`` is there exactly once.
        """
        if (count := source.count(self.old)) != 1:
            raise PatchMissing(f"{self.file} has {self.old!r} {count} times, not once")
        text = (self.twin or f"{REACHED};\n{self.old}") if twin else self.new
        return source.replace(self.old, text.replace(REACHED, f"({reached})"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptDefect(Defect):
    """A defect of pages: patches of their scripts, applied in order."""

    patches: Sequence[Patch]

    @property
    def files(self) -> tuple[str, ...]:
        """Return the files that are patched."""
        return tuple(dict.fromkeys(patch.file for patch in self.patches))

    def patched(self, file: str, source: str, *, twin: bool, reached: str = "") -> str:
        """Return a file's text with this defect, or with its twin.

        ``reached`` is the JavaScript expression that reports a hit; by default the event that
        ``window.impressionWitness`` takes. Raises PatchMissing.
        """
        for patch in self.patches:
            if patch.file == file:
                source = patch.applied(source, twin=twin, reached=reached or "defectReached()")
        is_patched = file in self.files and not reached
        return source + in_a_page(self.id) if is_patched else source


@dataclass(frozen=True, slots=True, kw_only=True)
class RecorderDefect(ScriptDefect):
    """A defect of the recorder. Most are found in the first hundred simulated walks."""

    walks: int = 600
    layer: Layer = "recorder"


def in_a_page(defect: str) -> str:
    """Return the JavaScript that reports hits of a defect from a page.

    What a page reports as it closes may be lost: the next page reports that there was a hit.
    """
    return _IN_A_PAGE.replace("DEFECT", defect)


_IN_A_PAGE = """
function defectReached() {
  try { localStorage.setItem("defect DEFECT", "reached"); } catch { /* no storage */ }
  reportDefect();
}
function reportDefect() {
  const hit = { type: "defect_reached", at: Date.now(), reason: "DEFECT" };
  globalThis.impressionWitness?.(JSON.stringify(hit));
}
try {
  if (globalThis.impressionWitness && localStorage.getItem("defect DEFECT")) {
    localStorage.removeItem("defect DEFECT");
    reportDefect();
  }
} catch { /* no storage */ }
"""


@dataclass(slots=True)
class _Place:
    owner: Any
    name: str
    original: Any = field(init=False)

    def __post_init__(self) -> None:
        self.original = inspect.getattr_static(self.owner, self.name)


@contextmanager
def installed(overrides: Mapping[str, Replacement], switch: Switch) -> Iterator[None]:
    """Put overrides in their places for the length of the block; the originals come back.

    Raises LookupError for a place that does not exist: what it overrides has changed.
    """
    with ExitStack() as undo:
        undo.callback(switch.close)
        for where, replacement in overrides.items():
            place = _place(where)
            undo.callback(setattr, place.owner, place.name, place.original)
            setattr(place.owner, place.name, _replaced(place, replacement, switch))
        yield


def _place(where: str) -> _Place:
    module, _, path = where.partition(":")
    *outer, name = path.split(".")
    try:
        owner: Any = importlib.import_module(module)
        for one in outer:
            owner = getattr(owner, one)
        return _Place(owner, name)
    except (ImportError, AttributeError) as error:
        raise LookupError(f"a defect overrides {where}, which is not there: {error}") from error


def _replaced(place: _Place, replacement: Replacement, switch: Switch) -> Any:
    original = place.original
    kept = type(original) if isinstance(original, staticmethod | classmethod) else None
    function = original.__func__ if kept else original

    if isinstance(original, property):
        getter = original.fget
        return property(lambda self: replacement(switch, getter, self))

    @functools.wraps(function)
    def instead(*args: Any, **kwargs: Any) -> Any:
        return replacement(switch, function, *args, **kwargs)

    return kept(instead) if kept else instead
