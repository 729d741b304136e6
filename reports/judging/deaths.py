"""Processes that ended by themselves: a failure of the target where they are the target's.

It is judged here and not by a check: a check's failure is doubted when the run was cut short, and
this is what cut it short.
"""

from __future__ import annotations

from harness.ledger.kinds.network import ProcessDied
from reports.core.kinds import payloads
from reports.evidence.frame import LedgerFrames
from reports.verdict.verdict import Finding, Verdict

STAYED_UP = "stayed_up"


def death_findings(ledger: LedgerFrames) -> tuple[Finding, ...]:
    """Return one finding if a process of the run ended by itself, none otherwise.

    It fails when a part of the target died and nothing else is known to be the cause; else it is
    undecided: what a run without one of its instruments saw proves nothing.
    """
    died = payloads(ledger.network, ProcessDied)
    if not died:
        return ()
    accused = [one for one in died if one.accuses_target and one.owner == "target"]
    return (
        Finding(
            check=STAYED_UP,
            verdict=Verdict.FAIL if accused else Verdict.UNKNOWN,
            summary="; ".join(one.why for one in accused or died),
            measured=float(len(accused or died)),
            target=0.0,
            unit="processes",
            n=len(died),
            examples=tuple(one.part for one in accused or died),
        ),
    )
