"""What a page offers to the harness: where it is, and the JavaScript that acts on it.

A recorder tells its events to the function ``BINDING`` on ``window``, one JSON text each
(docs/target-contract.md, section 3): that form is the harness's own, whatever the page.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import urlencode

from harness.target.dialect import origin_of

NOTHING = "() => []"
NO_COUNTERS = "() => ({})"

BINDING = "impressionWitness"
"""The function on ``window`` that a recorder calls with each of its events."""


class RetryPlan(NamedTuple):
    """When a recorder tries again: ``base_ms`` after the first failure in a row, twice as long
    after each further one, or with ``is_linear`` longer by as much, at most ``cap_ms``;
    ``is_drawn``: a random share of that."""

    base_ms: float
    cap_ms: float = math.inf
    is_drawn: bool = False
    is_linear: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PageContract:
    """A page that shows impressions.

    Every script is the text of a JavaScript function of at most one argument; what it returns (or
    its promise resolves to) travels as JSON. A script that is empty, or that returns nothing, is
    something that the page does not offer; the target then lacks a ``Capability``.
    """

    path: str
    """Where the page is, without a query."""

    query: Mapping[str, str] = field(default_factory=dict)
    """What its address has for a query whatever its options are; ``{user}`` is the visitor."""

    is_up: str
    """Returns whether the page's script has run so far that the others may be called."""

    ready: str
    """Resolves when the recorder records."""

    tab_id: str
    """Returns the recorder's id of this load of the page."""

    show: str
    """Takes a list of ids; resolves when the artworks are on the screen and recorded."""

    is_seen_in_front: bool = False
    """What it shows is seen while the page is in front, and not else."""

    must_prove_itself: bool = False
    """Whether its recorder works at all is not known: a view of an idle page must be stored before
    the first tab of a run opens."""

    on_screen: str = ""
    """Takes a list of ids; returns those whose artwork is on the screen now, by however little."""

    events: str = NOTHING
    """Returns the JSON texts of the latest events, oldest first."""

    pending: str = NOTHING
    """Returns the ids that are not acknowledged, queued or in flight."""

    telemetry: str = NO_COUNTERS
    """Returns the recorder's counters as an object; ``queueDepth``, ``inFlight`` and the like."""

    flush: str = ""
    """Has the recorder send now what it holds."""

    owner: str = ""
    """Returns the user whom the recorder records for."""

    journals: str = ""
    """Returns whether the recorder keeps its queue on disk."""

    is_signed_in: str = ""
    """Resolves to whether the server takes the browser's session."""

    paths: tuple[str, ...] = ()
    """Where the page sends requests of its own, beside batches."""

    seed_options: tuple[str, ...] = ()
    """The options of the page's query that take a run's seed."""

    preset_option: str = ""
    """The option of the page's query that names a preset of the recorder."""

    retry_plans: Mapping[str, RetryPlan] = field(default_factory=dict)
    """Preset → when its recorder tries again; the first is that of a page without a preset. Empty:
    the pace of retries is not judged."""

    retry_options: tuple[str, str] = ("", "")
    """The options of the page's query that change a plan's ``base_ms`` and ``cap_ms``."""

    linear_option: str = ""
    """The option of the page's query that makes a plan linear when it is ``true``."""

    presets_that_hand_over: frozenset[str] = frozenset()
    """The presets whose recorder sends at once, as its page hides, what it has not sent yet; an
    empty text is a page without a preset."""

    blank_options: Mapping[str, str] = field(default_factory=dict)
    """The options with which the page shows nothing and sends what waits on disk."""

    @property
    def is_here(self) -> str:
        """Return the script that tells whether a tab is on this page."""
        return f"() => location.pathname === {json.dumps(self.path)}"

    def strayed_from(self, url: str) -> str:
        """Return the script that returns the origin at which a tab is that was led to a URL: empty
        where it is the URL's own, or where no page has loaded."""
        own = json.dumps([origin_of(url), "null"])
        return f"() => {own}.includes(location.origin) ? '' : location.origin"

    @property
    def opening(self) -> str:
        """Return the script that resolves to the recorder's id, the page's visibility, and whether
        the recorder keeps its queue on disk: null where the page does not say."""
        journals = f"Boolean(await ({self.journals})())" if self.journals else "null"
        answer = f"[({self.tab_id})(), document.visibilityState, {journals}]"
        return f"async () => {{ await ({self.ready})(); return {answer}; }}"

    @property
    def lists_queue(self) -> bool:
        """Return whether the recorder tells which ids it has not delivered."""
        return self.pending != NOTHING

    @property
    def is_drained(self) -> str:
        """Return the script that tells whether no id is pending."""
        return f"() => ({self.pending})().length === 0"

    @property
    def state(self) -> str:
        """Return the script that returns ``pending`` and ``telemetry`` of one moment."""
        return f"() => ({{pending: ({self.pending})(), telemetry: ({self.telemetry})()}})"

    def url(self, base: str, options: Mapping[str, str], user: str = "") -> str:
        """Return the page's address at a base URL for a user, with options in its query."""
        own = {name: text.replace("{user}", user) for name, text in self.query.items()}
        query = urlencode({**own, **options})
        return f"{base}{self.path}{f'?{query}' if query else ''}"

    def options(self, *, seed: int | None = None, preset: str = "") -> dict[str, str]:
        """Return the options that every page of a run has."""
        found = dict.fromkeys(self.seed_options, str(seed)) if seed is not None else {}
        if preset and self.preset_option:
            found[self.preset_option] = preset
        return found

    def retry_plan(self, options: Mapping[str, str]) -> RetryPlan | None:
        """Return when the recorder of a page with these options tries again, None if not known."""
        preset = options.get(self.preset_option) or next(iter(self.retry_plans), "")
        plan = self.retry_plans.get(preset)
        if plan is None:
            return None
        base, cap = (options.get(name) for name in self.retry_options)
        return plan._replace(
            base_ms=float(base) if base else plan.base_ms,
            cap_ms=float(cap) if cap else plan.cap_ms,
            is_linear=plan.is_linear or options.get(self.linear_option) == "true",
        )

    def hands_over(self, options: Mapping[str, str]) -> bool:
        """Return whether a page with these options sends at once what is new when it hides."""
        return options.get(self.preset_option, "") in self.presets_that_hand_over

    def as_object(self) -> str:
        """Return JavaScript of an object with the scripts as methods, for code inside the page.

        Its members are ``isUp``, ``ready``, ``tabId``, ``show``, ``pending``, ``telemetry`` and
        ``isBlank``, which tells whether the page was opened with ``blank_options``.
        """
        wanted = json.dumps(dict(self.blank_options))
        is_blank = (
            f"() => Object.entries({wanted}).every(([name, value]) => "
            "new URLSearchParams(location.search).get(name) === value)"
        )
        members = {
            "isUp": self.is_up,
            "ready": self.ready,
            "tabId": self.tab_id,
            "show": self.show,
            "pending": self.pending,
            "telemetry": self.telemetry,
            "isBlank": is_blank,
        }
        return "{" + ", ".join(f"{name}: ({script})" for name, script in members.items()) + "}"
