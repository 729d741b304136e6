"""The roadmap's five validation points for a device in somebody's hand: `harness device`.

Same names and same checks as in test_validation_points.py; the page is closed and put behind
others by a person, who needs seconds for that. So the pages wait longer before they send, or send
a batch as soon as it is full.
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.browsers.catalogue import ENGINES
from harness.device.steps import Act, DeviceStep, close, drained, look_away, ready, report, show
from harness.ledger.plan import PlannedCell
from harness.run.run import Run
from scenarios.catalogue.cells import cell_of, checks_of
from scenarios.catalogue.declare import check, load_all
from scenarios.common.visit import long_ids

UNTIL_LEFT_MS = "600000"
"""The page sends nothing by itself before its tab is closed."""

TO_LOOK_AWAY_MS = "8000"
"""How long a person who is ready may take to switch to another app."""

SEED = 1

_SWITCH = "You will see a few artworks. Then switch to another app at once, and come back."


def cells_by_hand(device: str, preset: str) -> list[PlannedCell]:
    """Return the five points' cells for this device: same questions, same checks but one.

    A person may have fewer tabs to close than the case has, and a page that nothing drives is
    asked by its conductor, which waits in its own way.
    """
    scenarios, cells = load_all(), []
    for step in FIVE:
        scenario = scenarios[step.scenario]
        [arm] = [
            arm for arm in scenario.arms if (arm["browser"], arm["preset"]) == (ENGINES[0], preset)
        ]
        replaced = ("views_as_planned", "drained_in_time")
        kept = [spec for spec in checks_of(scenario, arm) if spec.name not in replaced]
        checks = [check("views_as_planned", views=step.views), *kept]
        cells.append(cell_of(scenario, {**arm, "browser": device}, SEED, checks=checks))
    return cells


def _byte_measurement(run: Run) -> list[str]:
    plain, foreign = long_ids(run, 20, 300), long_ids(run, 20, 301, letter="画")
    return [*plain, *foreign, *long_ids(run, 20, 302, letter='"')]


def _three_kinds() -> Sequence[Act]:
    each = [act for first in (0, 20, 40) for act in (show(first, first + 20), drained(10))]
    return [*each, close()]


def _counters() -> Sequence[Act]:
    """Return acts in which batches leave for all reasons: full, hidden, full again.

    Five fill a batch and are sent at once; the two between wait until the page is hidden.
    """
    first = [show(0, 5), drained(10), ready(_SWITCH), show(5, 7), look_away(), drained(15)]
    return [*first, show(7, 12), drained(10), report()]


FIVE = (
    DeviceStep(
        scenario="byte_measurement",
        title="Count the bytes",
        why="Sixty artworks with long, foreign and quoted names: does the page measure what it "
        "sends, byte for byte?",
        artworks=_byte_measurement,
        acts=_three_kinds(),
        options={"flushDelayMs": "200"},
        views=60,
    ),
    DeviceStep(
        scenario="pagehide_on_close",
        title="Look, then close",
        why="Three artworks, and the tab is closed before anything was sent: does what you saw "
        "still arrive?",
        artworks=lambda run: run.artworks(3),
        acts=[show(0, 3), close()],
        options={"flushDelayMs": UNTIL_LEFT_MS},
        views=3,
    ),
    DeviceStep(
        scenario="debounced_double_flush",
        title="Look away, come back",
        why="Hidden, shown again, closed: is what you saw sent once, and not once for each?",
        artworks=lambda run: run.artworks(6),
        acts=[ready(_SWITCH), show(0, 3), look_away(), drained(15), show(3, 6), close()],
        options={"flushDelayMs": TO_LOOK_AWAY_MS},
        views=6,
    ),
    DeviceStep(
        scenario="telemetry_metrics",
        title="Compare the counters",
        why="Artworks before and after you look away: are the page's own counters what the "
        "database says?",
        artworks=lambda run: run.artworks(12),
        acts=_counters(),
        options={"flushDelayMs": TO_LOOK_AWAY_MS, "maxBatchSize": "5"},
        views=12,
        stays=True,
    ),
    DeviceStep(
        scenario="fallback_over_64_kb",
        title="Send too much at once",
        why="Four hundred artworks, 200 kB, more than a beacon may carry: is all of it stored?",
        artworks=lambda run: long_ids(run, 400, 500),
        acts=[show(0, 400), drained(20), close()],
        options={"maxBatchSize": "400"},
        views=400,
    ),
)
"""In the order in which a person does them."""
