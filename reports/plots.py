"""The pictures of a run, each a pure function of the figures it shows."""

from __future__ import annotations

from reports.picture import FaultSpan, Picture
from reports.plot_delivery import shown_minus_durable
from reports.plot_latency import latency_over_time
from reports.plot_line import Measured, nominal_and_measured
from reports.plot_queue import queue_over_time
from reports.plot_tabs import tabs_over_time

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
