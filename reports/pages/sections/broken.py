"""What broke, for the first screen of a page: failures grouped by the check that found them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from reports.checks import CHECKS
from reports.pages import words
from reports.verdict.verdict import Cell, Finding, Verdict

MOST_GROUPS = 8
"""The first screen names at most this number of groups; the table of cells has all."""
_MOST_CELLS = 6
_NO_FINDING = ""

_BY_FATE: Mapping[str, str] = {
    "vanished": "the database: a row was there and went",
    "lost_acked": "the server and the database: a success was answered for what is not stored",
    "duplicate_stored": "the server and the database: nothing kept the second row out",
    "corrupt": "what is stored differs from what was shown: recorder, server, their clocks",
    "phantom": "a row without a view: the recorder, or whatever else writes to the table",
    "lost_unacked": "the way to the server: no success was answered, and nothing is left to send",
    "undelivered": "the recorder's queue: it still holds what it should have sent",
    "late": "the recorder's pace and the server's: everything is stored, too late",
}
"""Where to look first for an impression with a fate. It says what the witnesses saw, no more."""

_BY_SUBJECT: Mapping[str, str] = {
    "agreement": "two witnesses contradict each other about what the system did",
    "delivery": "what is stored, against what was shown",
    "load": "the system under load",
    "monitoring": "the alert's rule, and the figures that it is computed from",
    "page": "the page and its recorder",
    "product": "the pages around the recorder, and what the server keeps of them",
    "recovery": "the recorder after something went wrong",
    "topology": "the engines around the servers: the balancer, the pooler, the replica",
}
"""Where to look first, by the folder of the check."""

_UNNAMED = "what this check compares"
_UNDECIDED = "the evidence: this says nothing of the system"


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """Cells that one check failed, or left undecided.

    ``check`` is empty where cells ended without a finding. ``sentence`` is what the check says of
    the first cell, ``look`` where to look first, ``example`` the worst offender of that cell.
    ``others`` counts the cells that are not in ``cells``. ``judged`` is the number of cells that
    the check judged at all.
    """

    verdict: Verdict
    check: str
    sentence: str
    look: str
    example: str
    cells: tuple[Cell, ...]
    others: int
    judged: int

    @property
    def number(self) -> int:
        """Return the number of cells."""
        return len(self.cells) + self.others


def what_broke(cells: Iterable[Cell]) -> list[Broken]:
    """Return the failures that gate, then what is undecided, most cells first.

    Each cell stands in one group, that of its first finding of the cell's own verdict and of where
    to look for it; the order of findings is the judge's. Cells that failed as expected are not
    among them.
    """
    all_cells = list(cells)
    judged = Counter(
        finding.check
        for cell in all_cells
        for finding in cell.findings
        if finding.verdict is not Verdict.NOT_RUN
    )
    groups: dict[tuple[Verdict, str, str], list[tuple[Cell, Finding | None]]] = {}
    for cell in all_cells:
        if cell.verdict not in (Verdict.FAIL, Verdict.UNKNOWN) or cell.failed_as_expected:
            continue
        first = next((f for f in cell.findings if f.verdict is cell.verdict), None)
        check = first.check if first else _NO_FINDING
        key = (cell.verdict, check, _look(check, cell) if cell.verdict is Verdict.FAIL else "")
        groups.setdefault(key, []).append((cell, first))
    found = [
        _group(verdict, check, look or _UNDECIDED, members, judged[check])
        for (verdict, check, look), members in groups.items()
    ]
    return sorted(found, key=lambda b: (b.verdict is not Verdict.FAIL, -b.number))


def _group(
    verdict: Verdict,
    check: str,
    look: str,
    members: Sequence[tuple[Cell, Finding | None]],
    judged: int,
) -> Broken:
    cell, finding = members[0]
    return Broken(
        verdict=verdict,
        check=check,
        sentence=finding.summary if finding else cell.reason,
        look=look,
        example=finding.examples[0] if finding and finding.examples else "",
        cells=tuple(c for c, _ in members[:_MOST_CELLS]),
        others=max(0, len(members) - _MOST_CELLS),
        judged=judged,
    )


def _look(check: str, cell: Cell) -> str:
    """Return where to look first: by the cell's worst fate if the check is about delivery, else by
    the check's subject."""
    subject = _subject(check)
    fates = [fate for fate, _, _ in words.fate_rows(cell.fates) if fate in _BY_FATE]
    if subject == "delivery" and fates:
        return _BY_FATE[fates[0]]
    return _BY_SUBJECT.get(subject, _UNNAMED)


def _subject(check: str) -> str:
    known = CHECKS.get(check)
    return known.function.__module__.split(".")[2] if known else ""
