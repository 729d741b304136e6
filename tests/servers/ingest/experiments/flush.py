"""An experiment of two variants."""

from __future__ import annotations

from servers.ingest.experiments.definition import (
    ServedExperiment,
    ServedExperiments,
    ServedVariant,
)

FLUSH = ServedExperiment(
    salt="2026-12",
    variants={
        "fast": ServedVariant(share=1, options={"flushDelayMs": 1_000}),
        "normal": ServedVariant(share=1, options={"flushDelayMs": 2_000}),
    },
)
SERVED = ServedExperiments(experiments={"flush": FLUSH})
OTHER = {"fast": "normal", "normal": "fast"}
