"""The form of a target file (TOML, format 1): every table and key it may have."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from harness.core.toml import read_toml
from harness.target.described.form import (
    AnswersTable,
    BatchTable,
    FileTable,
    IdsTable,
    LocustTable,
    PageTable,
    ResetTable,
    SessionTable,
    StartTable,
    TelemetryTable,
    TruthTable,
)

FORMAT = 1
REFERENCE = "harness.target.reference.system:SYSTEM"
REFERENCE_SERVER = "servers.ingest"


class ServerTable(FileTable, frozen=True):
    """The server that the harness starts: a Python module (docs/target-contract.md, section 6)."""

    module: str = REFERENCE_SERVER
    pool: Annotated[int, msgspec.Meta(ge=1)] = 200


class DatabaseTable(FileTable, frozen=True):
    """A PostgreSQL that is used instead of one of the harness's own, and where views are stored."""

    url: str | None = None
    table: str | None = None
    user_column: str | None = None
    artwork_column: str | None = None
    viewed_column: str | None = None
    unique: bool | None = None


class TargetFile(FileTable, frozen=True):
    """A target file. With ``base_url`` it describes a system that speaks HTTP, in whatever
    language; else it names a system or a server in Python. ``ca`` is the file of a private
    certificate authority (PEM), beside this one, by which an https ``base_url`` is trusted."""

    format: Literal[1]
    name: str | None = None
    targets: str = ""
    browsers: Mapping[str, str] = {}
    # A system or a server in Python.
    system: str = REFERENCE
    server: ServerTable = ServerTable()
    database: DatabaseTable = DatabaseTable()
    # A system that speaks HTTP.
    base_url: str = ""
    ca: str = ""
    delivery: Literal["exactly-once", "at-least-once", "at-most-once"] = "exactly-once"
    start: StartTable | None = None
    batch: BatchTable | None = None
    ids: IdsTable = IdsTable()
    session: SessionTable = SessionTable()
    answers: AnswersTable = AnswersTable()
    page: PageTable | None = None
    telemetry: TelemetryTable = TelemetryTable()
    truth: TruthTable = TruthTable()
    reset: ResetTable | None = None
    locust: LocustTable | None = None


def read_target_file(path: Path) -> TargetFile:
    """Read a target file. Raises UsageError that names the file, the line and the mistake."""
    return read_toml(path, TargetFile, what="target file", version=FORMAT)
