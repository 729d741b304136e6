"""The server stores a batch and answers that it will never take it."""

from __future__ import annotations

from defects.base import VISIT, ServerDefect, Switch
from defects.overrides.signatures import ANSWER, Answer, Tell
from servers.ingest.combiner import Combiner, Job
from servers.ingest.refusal import Refusal


def answer(switch: Switch, original: Answer, combiner: Combiner, group: list[Job]) -> None:
    """Answer every third job that was stored with 400; its receipt says what was done."""
    for job in group:
        if job.refusal is None and switch.every(3) and switch.reached():
            job.tell = _refusing(job.tell)
    original(combiner, group)


def _refusing(tell: Tell) -> Tell:
    return lambda refusal: tell(Refusal(400, "bad_batch", "an error after COMMIT"))


DEFECT = ServerDefect(
    about="One stored batch in three is answered with 400, and the client drops it.",
    expected={"answers_as_processed"},
    trials=[VISIT],
    smoke=True,
    overrides={ANSWER: answer},
)
