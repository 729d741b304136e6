"""``python -m benchmarks.experiments.same``: run experiments whose two arms are the same.

Each is an ordinary ``harness experiment same`` on this machine: whatever is called better or worse
is wrong. What is stored already is kept, so that a run that was interrupted goes on.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.__main__ import RESULTS
from benchmarks.experiments.rates import Rate, rate
from benchmarks.machine import facts
from benchmarks.markdown import facts_table, mark, page, table
from harness.core.clock import utc_stamp
from harness.core.environment import child_environment
from harness.ledger.json_files import write_json
from reports.statistics.paired.decision import decide

COUNT = 20
PROMISED_WRONG = 0.05
OUT = Path("runs/same")


@dataclass(frozen=True, slots=True, kw_only=True)
class SameFigure:
    """One measured figure in all experiments: how they called it, and a margin of zero beside it.

    ``most`` is the largest difference that an experiment showed, as a share.
    """

    title: str
    wrong: Rate
    equivalent: Rate
    without_margin: Rate
    most: float


def main() -> int:
    """Return 0 when all were carried out, 1 when one of them was not."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.experiments.same")
    parser.add_argument("--count", type=int, default=COUNT, help="how many; about 4 minutes each")
    parser.add_argument("--out", type=Path, default=OUT, help="where they are stored, or go on")
    arguments = parser.parse_args()
    stored = [carried_out(arguments.out / f"seed-{n}", n) for n in range(1, arguments.count + 1)]
    results = [one for one in stored if one is not None]
    if not results:
        print("benchmarks: no experiment was carried out", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as directory:
        machine = facts(Path(directory))
    figures = same_figures(results)
    text = as_markdown(figures, results, machine)
    print(text)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "same.md").write_text(text, encoding="utf-8")
    write_json(RESULTS / "same.json", {"format": 1, "figures": [asdict(one) for one in figures]})
    return 0 if len(results) == len(stored) else 1


def carried_out(directory: Path, seed: int) -> dict[str, Any] | None:
    """Return the result of one experiment, run now unless it is stored; None where it failed."""
    if not list(directory.glob("*/result.json")):
        command = ["harness", "experiment", "same", "--seed", str(seed), "--out", str(directory)]
        print(" ".join(command), file=sys.stderr, flush=True)
        # Its exit code is 3 where nothing could be decided, which is a result.
        subprocess.run([sys.executable, "-m", *command], env=child_environment(), check=False)
    for path in sorted(directory.glob("*/result.json")):
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if found["blocks_complete"] == found["blocks_planned"]:
            return found
    return None


def same_figures(results: Sequence[Mapping[str, Any]]) -> list[SameFigure]:
    """Return every figure of experiments whose arms are the same, in the order of the first."""
    rows: dict[str, list[Mapping[str, Any]]] = {}
    for result in results:
        for one in result["comparisons"]:
            rows.setdefault(one["title"], []).append(one)
    return [_figure(title, found) for title, found in rows.items()]


def _figure(title: str, found: list[Mapping[str, Any]]) -> SameFigure:
    differences = [np.array(one["log_ratios"], dtype=float) for one in found]
    return SameFigure(
        title=title,
        wrong=rate(one["verdict"] in ("better", "worse") for one in found),
        equivalent=rate(one["verdict"] == "equivalent" for one in found),
        without_margin=rate(decide(d, margin=0.0).verdict != "undecided" for d in differences),
        most=max(abs(one["difference_percent"]) for one in found) / 100,
    )


def as_markdown(
    figures: Sequence[SameFigure], results: Sequence[Mapping[str, Any]], machine: Mapping[str, str]
) -> str:
    """Return the page."""
    busy = sum(bool(one["machine"]["unsteady"]) for one in results)
    lost = sum(row["lost"] + row["false"] for one in results for row in one["losses"])
    return page(
        f"# Experiments whose arms are the same, {utc_stamp()}",
        f"Made by `python -m benchmarks.experiments.same`: {len(results)} real experiments of "
        f"{results[0]['blocks_planned']} blocks on this machine, which was busy in some block of "
        f"{busy} of them; {lost} impressions were lost. Whatever is called better or worse is "
        "wrong. The margin is 5 %; without one, any difference would be better or worse. Shares "
        "come with their exact 95 % interval.",
        table(
            (
                "figure",
                "better or worse:",
                "without a margin:",
                "promised, each:",
                "",
                "equivalent:",
                "largest difference:",
                "n:",
            ),
            [_line(one) for one in figures],
        ),
        facts_table(machine),
    )


def _line(one: SameFigure) -> str:
    kept = max(one.wrong.low, one.without_margin.low) <= PROMISED_WRONG
    return (
        f"| {one.title} | {_share(one.wrong)} | {_share(one.without_margin)} "
        f"| ≤ {PROMISED_WRONG:.0%} | {mark(kept, ('kept', 'not kept'))} "
        f"| {one.equivalent.count} | {one.most:.1%} | {one.wrong.n} |"
    )


def _share(one: Rate) -> str:
    return f"{one.count} ({one.low:.1%} – {one.high:.1%})"


if __name__ == "__main__":
    sys.exit(main())
