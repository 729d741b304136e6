"""What a worker found in a run, kept for the suite that ran it: each run is judged once.

A file can be edited and a verdict must not be believed because it is written somewhere. So a kept
judgement is signed with a key that lives as long as the suite's processes and is in no file, and it
names the plan and the exact files that it was made from. Where any of that is not as it was, and in
every later process (``harness report``, ``harness merge``), the run is judged from its files.
"""

from __future__ import annotations

import functools
import hashlib
import hmac
import secrets
from pathlib import Path

import msgspec
from markupsafe import Markup

from harness.core.errors import HarnessError
from harness.ledger import door
from harness.ledger.defect import PlannedDefect
from harness.ledger.rundir import END_FILE, RUN_FILE, RunPlan, TargetRecord
from reports.evidence.frame import RECEIPTS
from reports.judging.directory.evidence import evidence_in
from reports.judging.judge import JudgedRun
from reports.plots.drawing.picture import Picture
from reports.plots.of_run import pictures_of
from reports.verdict.verdict import Cell

KEPT_FILE = "judged.msgpack"
_KEY_BYTES = 32
_SIGNATURE_BYTES = 32
_PIECE_BYTES = 1 << 20


class _Drawn(msgspec.Struct, frozen=True):
    title: str
    description: str
    svg: str
    rows: tuple[tuple[str, ...], ...]


class _Kept(msgspec.Struct, frozen=True):
    plan: RunPlan
    files: dict[str, str]
    cell: Cell
    target: TargetRecord | None
    pictures: tuple[_Drawn, ...]


class Keeper:
    """Keeps the judgements of one suite's runs, and returns them; ``key`` is shared by its
    processes alone."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._pictures: dict[str, tuple[Picture, ...]] = {}

    @classmethod
    def new(cls) -> Keeper:
        """Return a keeper for a new suite, with a key of its own."""
        return cls(secrets.token_bytes(_KEY_BYTES))

    @classmethod
    def with_key(cls, text: str) -> Keeper | None:
        """Return the keeper with this key, as ``key_text`` gives it; None for an empty text."""
        return cls(bytes.fromhex(text)) if text else None

    @property
    def key_text(self) -> str:
        """Return the key, to be handed to a worker."""
        return self._key.hex()

    def keep(self, directory: Path, judged: JudgedRun) -> None:
        """Write what was found in a run directory beside it.

        What a defect may have done to the judge is not kept: the suite counts how often it acted. A
        disk that does not take the file costs only that the run is judged again.
        """
        evidence, plan = judged.evidence, judged.plan
        if evidence is None or plan is None or PlannedDefect.of(plan.arm) is not None:
            return
        kept = _Kept(
            plan=plan,
            files=_files(directory),
            cell=judged.cell,
            target=judged.target,
            pictures=tuple(
                _Drawn(one.title, one.description, str(one.svg), one.rows)
                for one in pictures_of(evidence)
            ),
        )
        content = msgspec.msgpack.encode(kept)
        try:
            door.write(directory, KEPT_FILE, self._signed(content) + content)
        except OSError:
            return

    def found(self, directory: Path, plan: RunPlan) -> Cell | None:
        """Return the cell as a worker of this suite judged it, to be shown while the suite runs;
        None where it has not yet. Whether the files are still those is not looked at."""
        try:
            kept = self._read(directory, plan)
        except (HarnessError, OSError):
            return None
        return kept.cell if kept else None

    def recall(self, directory: Path, plan: RunPlan) -> JudgedRun | None:
        """Return what a worker of this suite found in a run directory, None where the run has to be
        judged. The file is removed: it serves once."""
        try:
            kept = self._read(directory, plan)
            door.remove(directory, KEPT_FILE)
            if kept is None or kept.files != _files(directory):
                return None
        except (HarnessError, OSError):
            return None
        self._pictures[plan.slug] = tuple(
            Picture(
                title=one.title,
                description=one.description,
                svg=Markup(one.svg),  # noqa: S704 - signed by this suite, drawn by reports.plots
                rows=one.rows,
            )
            for one in kept.pictures
        )
        return JudgedRun(
            cell=kept.cell,
            plan=plan,
            target=kept.target,
            read=functools.cache(lambda: evidence_in(directory, plan)),
        )

    def pictures(self, run: JudgedRun) -> tuple[Picture, ...]:
        """Return the pictures of a run, as they were kept or else drawn from its evidence."""
        if run.plan is not None and (kept := self._pictures.get(run.plan.slug)) is not None:
            return kept
        evidence = run.evidence
        return tuple(pictures_of(evidence)) if evidence else ()

    def _read(self, directory: Path, plan: RunPlan) -> _Kept | None:
        """Return what is kept of a run with this plan, if its signature is this suite's."""
        if not door.is_there(directory, KEPT_FILE):
            return None
        raw = door.read(directory, KEPT_FILE)
        signature, content = raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, self._signed(content)):
            return None
        kept = msgspec.msgpack.decode(content, type=_Kept)
        return kept if kept.plan == plan else None

    def _signed(self, content: bytes) -> bytes:
        return hmac.digest(self._key, content, "sha256")


def _files(directory: Path) -> dict[str, str]:
    """Return name → SHA-256 of every file that a run is judged by."""
    found = {}
    for name in door.names(directory, "."):
        if name in (RUN_FILE, END_FILE, RECEIPTS) or name.endswith(".arrows"):
            digest = hashlib.sha256()
            with door.opened(directory, name) as file:
                while piece := file.read(_PIECE_BYTES):
                    digest.update(piece)
            found[name] = digest.hexdigest()
    return found
