"""Everything that is written for an experiment, from its result.

experiment.html for people, result.json for programs (docs/experiment-schema.md), slots.csv and
slots.parquet with every slot's figures.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path

from harness.core.errors import HarnessError
from harness.ledger import door
from harness.ledger.json_files import encode_record
from reports.experiments.export.record import result_record
from reports.experiments.export.slots_table import (
    SLOTS_CSV,
    SLOTS_PARQUET,
    slots_csv,
    slots_parquet,
)
from reports.experiments.page import PAGE_FILE, render_page
from reports.experiments.result import Result

JSON_FILE = "result.json"


def write_experiment_report(result: Result) -> Path:
    """Write all reports of an experiment into its directory and return the page's path.

    Raises HarnessError when the directory does not take them, as on a full disk.
    """
    directory = result.directory
    name = str(directory / JSON_FILE)
    writers: dict[str, Callable[[], str | bytes]] = {
        JSON_FILE: lambda: encode_record(result_record(result), name) + "\n",
        SLOTS_CSV: lambda: slots_csv(result),
        SLOTS_PARQUET: lambda: slots_parquet(result),
        PAGE_FILE: lambda: render_page(result),
    }
    try:
        for file, render in writers.items():
            door.write(directory, file, render())
    except OSError as error:
        raise HarnessError(
            f"cannot write the report into {directory}: {error.strerror}",
            hint=f"Free some space, then `harness report {shlex.quote(str(directory))}`",
        ) from error
    return directory / PAGE_FILE
