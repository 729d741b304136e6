"""The faults of a run on a picture: a labelled lane each, their windows shaded, and a sentence."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from reports.core.text import count, one_line
from reports.evidence.faults import FaultSpan
from reports.plots.drawing import svg
from reports.plots.drawing.picture import LEFT, WIDTH, seconds

LANE_HEIGHT = 19.0
MOST_LANES = 12


def lanes_height(faults: Sequence[FaultSpan]) -> float:
    """Return the room that the faults' lanes need."""
    lanes = len({f.name for f in faults})
    return min(lanes, MOST_LANES) * LANE_HEIGHT + (LANE_HEIGHT if lanes > MOST_LANES else 0)


def fault_lanes(
    faults: Sequence[FaultSpan], time: svg.Scale, *, top: float, shade_to: Sequence[Sequence[float]]
) -> Markup:
    """Return a thin labelled lane for each fault, and its windows shaded in every panel.

    ``shade_to`` holds (top, bottom) of the panels. A window that was never healed runs to the right
    edge and says so. Lanes beyond the twelfth are counted, not drawn; their windows are shaded.
    """
    names = list(dict.fromkeys(f.name for f in faults))
    parts: list[Markup] = []
    for fault in faults:
        x1, x2 = _window(fault, time)
        for panel_top, panel_bottom in shade_to:
            parts.append(svg.band(x1, panel_top, x2, panel_bottom, "fault-shade"))
            parts.append(svg.line(x1, panel_top, x1, panel_bottom, "fault-edge"))
            if fault.end_s is not None:
                parts.append(svg.line(x2, panel_top, x2, panel_bottom, "fault-edge"))
    for row, name in enumerate(names[:MOST_LANES]):
        y = top + row * LANE_HEIGHT
        parts += _lane([f for f in faults if f.name == name], time, y)
    if len(names) > MOST_LANES:
        more = f"and {count(len(names) - MOST_LANES, 'more fault')} without a lane of their own"
        parts.append(svg.text(LEFT, top + MOST_LANES * LANE_HEIGHT + 11, more, "fault-label"))
    return svg.group(parts, "faults")


def _window(fault: FaultSpan, time: svg.Scale) -> tuple[float, float]:
    x1 = time(fault.start_s)
    x2 = time.end if fault.end_s is None else time(fault.end_s)
    # A fault of a few milliseconds in a long run must not be thinner than a pixel.
    return x1, max(x2, x1 + 1.0)


def _lane(spans: Sequence[FaultSpan], time: svg.Scale, y: float) -> list[Markup]:
    parts = []
    for span in spans:
        x1, x2 = _window(span, time)
        parts.append(svg.band(x1, y + 13, x2, y + 17, "fault-bar", _span_words(span)))
    first = spans[0]
    unhealed = sum(span.end_s is None for span in spans)
    label = one_line(first.name)
    if len(spans) > 1:
        label += f", {len(spans)} times" + (f", {unhealed} not healed" if unhealed else "")
    elif first.end_s is None:
        label += ", not healed"
    else:
        label += f", {seconds(first.end_s - first.start_s)} s"
    x, anchor = time(first.start_s), None
    if x + svg.text_width(label, 11) > WIDTH:
        x, anchor = WIDTH, "end"
    return [*parts, svg.text(x, y + 10, label, "fault-label", anchor=anchor)]


def _span_words(span: FaultSpan) -> str:
    end = ", never healed" if span.end_s is None else f" to {seconds(span.end_s)} s"
    return f"{one_line(span.name)} from {seconds(span.start_s)} s{end}"


def fault_sentence(faults: Sequence[FaultSpan]) -> str:
    """Return when the faults bit, as a sentence that follows another; empty without faults."""
    if not faults:
        return ""
    shown = "; ".join(_span_words(f) for f in faults[:MOST_LANES])
    more = f"; and {len(faults) - MOST_LANES} more" if len(faults) > MOST_LANES else ""
    return f" Faults: {shown}{more}."
