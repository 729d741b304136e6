"""The baselines of a history: which suites, and the comparison of a suite with them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from harness.compose.history.archive import BASELINES
from harness.compose.history.history import History
from harness.compose.history.index import StoredSuite
from harness.core.errors import LedgerUnreadable, UsageError, did_you_mean
from harness.ledger.history.baseline import Baseline, baseline_of
from harness.ledger.history.facts import SuiteFacts, canonical
from harness.ledger.json_files import decode_record
from reports.compare.against.baseline import BaselineSuites, against
from reports.compare.record import ComparedRecord

DEFAULT_BASELINE = "main"
SUITES_MOST = 20
"""How many suites a baseline has by default; more would hold what is long past."""


def set_baseline(
    history: History, name: str, heads: Sequence[StoredSuite], *, last: int, revision: str | None
) -> Baseline:
    """Keep the newest suites as a baseline, those of one environment that ran to their end.

    ``heads`` are a suite's nights in their order; with ``revision`` only those that tried it.
    Raises UsageError where there are none.
    """
    whole = [one for one in heads if not one.facts.interrupted]
    tried = [one for one in whole if revision in (None, one.facts.revision)]
    if not tried:
        what = f"of revision {revision} " if revision else ""
        raise UsageError(f"no suite {what}that ran to its end is in {history.archive.place}")
    environment = tried[-1].facts.environment
    own: list[StoredSuite] = []
    for one in reversed(tried):
        if one.facts.environment != environment or len(own) == last:
            break
        own.append(one)
    baseline = baseline_of(name, tried[-1].facts.suite, tuple(one.digest for one in reversed(own)))
    history.archive.write(BASELINES, f"{name}.json", canonical(baseline))
    return baseline


def baselines_of(history: History) -> list[Baseline]:
    """Return every baseline by name. Raises LedgerDamaged for one that was altered."""
    names = [name for name in history.archive.names(BASELINES) if name.endswith(".json")]
    return [_read(history, name.removesuffix(".json")) for name in names]


def baseline_named(history: History, name: str) -> tuple[Baseline, list[StoredSuite]]:
    """Return a baseline and its suites. Raises UsageError where there is none, or no suite left."""
    known = [one.name for one in baselines_of(history)]
    if name not in known:
        rest = "`harness baseline list` shows all"
        hint = did_you_mean(name, known, rest) if known else "Make one: harness baseline set NAME"
        raise UsageError(f"there is no baseline {name} in {history.archive.place}", hint=hint)
    baseline = _read(history, name)
    wanted = set(baseline.suites)
    heads = [one for one in history.heads() if one.digest in wanted]
    if not heads:
        raise UsageError(
            f"no suite of the baseline {name} is left in {history.archive.place}",
            hint=f"Make it anew: harness baseline set {name}",
        )
    return baseline, heads


def kept_by_baselines(history: History) -> frozenset[str]:
    """Return the digests of the suites that a baseline has."""
    return frozenset(digest for one in baselines_of(history) for digest in one.suites)


def compare_with(history: History, name: str, facts: SuiteFacts, directory: Path) -> ComparedRecord:
    """Return how a suite in a directory compares with a baseline. The suite itself never counts as
    a part of it. Raises UsageError."""
    _, heads = baseline_named(history, name)
    others = [one for one in heads if one.facts.plan != facts.plan]
    if not others:
        raise UsageError(f"the baseline {name} has no suite but this one")
    suites = [one.facts for one in history.whole(others)]
    return against(BaselineSuites(name=name, suites=suites), facts, str(directory))


def _read(history: History, name: str) -> Baseline:
    place = Path(history.archive.place) / BASELINES / f"{name}.json"
    try:
        return decode_record(history.archive.read(BASELINES, f"{name}.json"), Baseline, place)
    except LedgerUnreadable as error:
        raise type(error)(str(error), hint=f"Make it anew: harness baseline set {name}") from error
