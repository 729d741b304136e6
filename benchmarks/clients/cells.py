"""One cell of a client, as a stored run holds it: shown, lost, stored twice, sent again."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from harness.ledger.stored import read_plan
from harness.target.client.file import CLIENT_PREFIX, SETTINGS_MEANING, read_client_file
from servers.collector.app import REPEATED

LOST = ("vanished", "lost_acked", "lost_unacked", "undelivered")
TWICE = "duplicate_stored"


class ClientCell(msgspec.Struct, frozen=True, kw_only=True):
    """A cell of a client; impressions are counted, but ``sent_again``, which counts views that
    arrived once more than they were seen, and ``repeated``, which counts those that the browser, or
    a proxy, sent once more than the client."""

    client: str
    version: str
    licence: str
    promise: str
    why: str
    settings: str
    options: dict[str, Any]
    browser: str
    product: str
    scenario: str
    question: str
    verdict: str
    reason: str
    shown: int
    lost: int
    stored_twice: int
    sent_again: int
    not_asked: tuple[str, ...]
    seed: int = 1
    repeated: int = 0
    lost_as: dict[str, int] = {}
    """Fate → how many of the lost; empty where it was not stored."""

    @property
    def case(self) -> tuple[str, ...]:
        """Return what was tried: runs of one case differ in their seed."""
        return self.client, self.version, self.scenario, self.browser, self.settings

    @property
    def key(self) -> tuple[str | int, ...]:
        """Return what tells the cell from all others; a later one of the same replaces it."""
        return *self.case, self.seed

    def counted(self, shows: str) -> int:
        """Return one of its figures by name."""
        return {"lost": self.lost, "sent_again": self.sent_again}[shows]


def cells_in(suite: Path) -> Iterator[ClientCell]:
    """Yield the cells of a suite's directory that were tried with a client, as verdict.json has
    them; none for another target's."""
    target = read_plan(suite).options.target
    if not target.system.startswith(CLIENT_PREFIX):
        return
    facts = read_client_file(Path(target.system.removeprefix(CLIENT_PREFIX)))
    verdict = json.loads((suite / "verdict.json").read_text(encoding="utf-8"))
    for cell in verdict["cells"]:
        arm = dict(pair.partition("=")[::2] for pair in cell["arm"].split(","))
        settings = arm.get(SETTINGS_MEANING, "")
        ignored = bool(cell["not_run"]) and "ignored us" in cell["reason"]
        if settings not in facts.settings or not (cell["finished"] or ignored):
            continue
        fates = Counter(cell["fates"])
        arrived = _arrived(suite / cell["run"]) if cell["run"] else Arrived(0, 0)
        seen = cell["browser"] or {}
        yield ClientCell(
            client=facts.name,
            version=facts.version,
            licence=facts.licence,
            promise=facts.promise,
            why=facts.why,
            settings=settings,
            options=dict(facts.settings[settings]),
            browser=arm["browser"],
            product=" ".join(str(seen.get(name) or "") for name in ("product", "version")).strip(),
            scenario=cell["scenario"],
            question=cell["question"],
            verdict=cell["verdict"],
            reason=cell["reason"],
            shown=fates.total(),
            lost=sum(fates[name] for name in LOST),
            stored_twice=fates[TWICE],
            sent_again=arrived.sent_again,
            repeated=arrived.repeated,
            not_asked=tuple(
                sorted(f["check"] for f in cell["findings"] if f["verdict"] == "not run")
            ),
            seed=cell["seed"],
            lost_as={name: fates[name] for name in LOST if fates[name]},
        )


class Arrived(NamedTuple):
    """How many views arrived again: by the client's doing, and by what is behind it."""

    sent_again: int
    repeated: int


def _arrived(run: Path) -> Arrived:
    """Return what arrived again, by the collector's receipts."""
    arrived: Counter[tuple[str, str, str]] = Counter()
    repeated = 0
    receipts = run / "server.ndjson"
    for line in receipts.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row.get("status") != 200:
            continue
        if row.get("reason") == REPEATED:
            repeated += len(row["artworks"])
        else:
            arrived.update((row["user"], row["tab"], artwork) for artwork in row["artworks"])
    return Arrived(arrived.total() - len(arrived), repeated)
