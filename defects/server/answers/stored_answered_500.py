"""The server stores a batch, fails afterwards and answers 500."""

from __future__ import annotations

from defects.base import VISIT, ServerDefect, Switch
from defects.overrides.signatures import ANSWER, Answer, Tell
from servers.ingest.combiner import Combiner, Job
from servers.ingest.refusal import Refusal


def answer(switch: Switch, original: Answer, combiner: Combiner, group: list[Job]) -> None:
    """Answer every third job that was stored with 500; its receipt says what was done."""
    for job in group:
        if job.refusal is None and switch.every(3) and switch.reached():
            job.tell = _failing(job.tell)
    original(combiner, group)


def _failing(tell: Tell) -> Tell:
    return lambda refusal: tell(Refusal(500, "internal", "an error after COMMIT"))


DEFECT = ServerDefect(
    about="One stored batch in three is answered with 500: a client sends it again for nothing.",
    expected={"answers_as_processed"},
    trials=[VISIT],
    overrides={ANSWER: answer},
)
