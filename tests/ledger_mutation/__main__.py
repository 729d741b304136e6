"""``python -m tests.ledger_mutation RUN…``: which wrong rows of a stored run go unnoticed?"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from pathlib import Path

from reports.judging.judge import judge_run
from reports.verdict.verdict import Verdict
from tests.ledger_mutation.mutants import StoredRun


def noticed_by(directory: Path) -> list[str]:
    """Return what a run directory's judgement accuses or doubts, each with its verdict."""
    try:
        cell = judge_run(directory).cell
    except Exception as error:  # a directory that cannot be judged is noticed by everybody
        return [f"unreadable: {type(error).__name__}"]
    return [
        f"{one.check} {one.verdict.value}"
        for one in cell.findings
        if one.verdict in (Verdict.FAIL, Verdict.UNKNOWN)
    ]


def main(arguments: list[str]) -> int:
    only = ""
    if arguments and arguments[0].startswith("--only="):
        only = arguments.pop(0).removeprefix("--only=")
    for argument in arguments:
        run = StoredRun(Path(argument))
        counts: Counter[str] = Counter()
        with tempfile.TemporaryDirectory() as place:
            print("healthy:", noticed_by(Path(argument)) or "green", flush=True)
            for mutant in run.mutants():
                if not mutant.name.startswith(only):
                    continue
                to = Path(place) / "run"
                run.write(mutant, to)
                found = noticed_by(to)
                counts["noticed" if found else "green"] += 1
                print(f"{mutant.name}\t{mutant.rows}\t{', '.join(found) or 'GREEN'}", flush=True)
        print(argument, dict(counts))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
