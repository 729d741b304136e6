"""The pictures of a run, each a pure function of the figures it shows."""

from __future__ import annotations

from reports.plots.delivery import shown_minus_durable
from reports.plots.drawing.picture import FaultSpan, Picture
from reports.plots.latency import latency_over_time
from reports.plots.line import Measured, nominal_and_measured
from reports.plots.queue import queue_over_time
from reports.plots.tabs import tabs_over_time

__all__ = [
    "FaultSpan",
    "Measured",
    "Picture",
    "latency_over_time",
    "nominal_and_measured",
    "queue_over_time",
    "shown_minus_durable",
    "tabs_over_time",
]
