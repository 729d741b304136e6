"""A described system, read from its target file: secrets put in, what no type can say checked."""

from __future__ import annotations

import json
import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from harness.core.environment import TARGET_SECRETS_VARIABLE, caller_environment
from harness.core.errors import UsageError
from harness.core.toml import place_of
from harness.target.capabilities import Capability, Promise
from harness.target.database import complete
from harness.target.described.answers import AnswerReader
from harness.target.described.checking import (
    SECRET,
    TRUTHS,
    check_file,
    names_users,
    place_named,
)
from harness.target.described.dialect import DescribedDialect
from harness.target.described.file import TargetFile, read_target_file
from harness.target.described.form import LocustTable, ResetTable, StartTable, TruthTable
from harness.target.described.ids import RunMark, ViewIds
from harness.target.described.masking import FEWEST, Mask, mask_of
from harness.target.described.page import NO_PAGE, page_of
from harness.target.described.template import markers_of
from harness.target.page import PageContract
from harness.target.system import FILE_PREFIX, System


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """A described system apart from its dialect: where it is, how truth is read, how it starts.

    ``base_url`` is scheme, host and port, which is ``{port}`` where the harness starts it;
    ``base_path`` goes before every path; ``authority`` is the file of its certificate authority.
    ``secrets`` are the variables that the file names: their
    values must not be shown.
    """

    file: Path
    base_url: str
    base_path: str
    authority: str
    ids: ViewIds
    truth: TruthTable
    start: StartTable | None
    reset: ResetTable | None
    locust: LocustTable | None
    secrets: Mapping[str, str]

    def masked(self, text: str) -> str:
        """Return a text without the secrets' values, in whatever spelling."""
        return self.mask.text(text)

    @property
    def mask(self) -> Mask:
        """Return what finds the secrets in texts and files."""
        return mask_of(frozenset(self.secrets.values()))

    @property
    def mask_of_files(self) -> Mask:
        """Return the same for files of others, without secrets of so few characters that they are
        everywhere."""
        return mask_of(frozenset(one for one in self.secrets.values() if len(one) >= FEWEST))


def described_system(name: str) -> System:
    """Return the system of ``file:PATH`` or, with the ids of one run, ``file:PATH#MARK``.

    Raises UsageError that names the file, the line and the mistake.
    """
    path_text, _, mark_text = name.removeprefix(FILE_PREFIX).partition("#")
    path = Path(path_text)
    mark = RunMark.parse(mark_text) if mark_text else RunMark(word="00000000", seed=0)
    return system_of(path, read_target_file(path), mark)


def system_of(path: Path, file: TargetFile, mark: RunMark) -> System:
    """Return the system that a target file describes. Raises UsageError as ``described_system``."""
    if file.batch is None:
        raise UsageError(f"{path}: lacks [batch]: how are views sent?")
    check_file(path, file)
    secrets: dict[str, str] = {}
    file = _with_secrets(path, file, secrets)
    assert file.batch is not None
    promise = Promise(file.delivery)
    parts = urlsplit(file.base_url)
    truth = _completed(file.truth)
    dialect = DescribedDialect(
        batch=file.batch,
        session=file.session,
        answers=AnswerReader(file.answers, resends=promise.resends),
        ids=ViewIds(
            mark=mark,
            kind=file.ids.kind,
            case_sensitive=file.ids.case_sensitive,
            has_users=names_users(truth),
        ),
        base_path=parts.path.rstrip("/"),
        authority=_authority_of(path, file),
        health_path=parts.path.rstrip("/") + (file.start.ready if file.start else "/"),
        resends=promise.resends,
    )
    described = Described(
        file=path,
        base_url=f"{parts.scheme}://{parts.netloc}",
        base_path=dialect.base_path,
        authority=dialect.authority,
        ids=dialect.ids,
        truth=truth,
        start=file.start,
        reset=file.reset,
        locust=file.locust,
        secrets=secrets,
    )
    return System(
        dialect=dialect,
        page=_page_of(file, dialect),
        capabilities=_capabilities(file, dialect),
        name=f"{FILE_PREFIX}{path}#{mark}",
        promise=promise,
        described=described,
    )


def secrets_named_in(path: Path) -> dict[str, str]:
    """Return the caller's variables that a target file names, those that are set."""
    try:
        names = set(SECRET.findall(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}
    known = _known_secrets()
    return {name: known[name] for name in sorted(names) if name in known}


def _known_secrets() -> Mapping[str, str]:
    handed = os.environ.get(TARGET_SECRETS_VARIABLE)
    return {**caller_environment(), **(json.loads(handed) if handed else {})}


def _completed(truth: TruthTable) -> TruthTable:
    if truth.sql is None:
        return truth
    sql = msgspec.structs.replace(truth.sql, dsn=complete(truth.sql.dsn, caller_environment()))
    return msgspec.structs.replace(truth, sql=sql)


def _capabilities(file: TargetFile, dialect: DescribedDialect) -> frozenset[Capability]:
    body = dialect.batch.body
    has_identity = {"batch", "attempt"} <= markers_of(body) and dialect.batch.content != "ndjson"
    has_truth = any(getattr(file.truth, name) for name in TRUTHS)
    found = {
        Capability.DATABASE: has_truth,
        Capability.OWN_ROW: has_truth,
        Capability.SIGN_IN: file.session.sign_in is not None,
        Capability.ANSWER_COUNTS: file.answers.inserted is not None,
        Capability.BATCH_IDENTITY: has_identity,
        Capability.PAGE: file.page is not None,
        Capability.WIRE: file.page is not None and _can_relay(file, dialect),
        Capability.QUEUE_DEPTH: bool(file.telemetry.pending),
        Capability.FLUSH: bool(file.telemetry.flush),
        Capability.OWNER: bool(file.telemetry.owner),
        Capability.LOCUSTFILE: file.locust is not None,
    }
    return frozenset(capability for capability, offered in found.items() if offered)


def _can_relay(file: TargetFile, dialect: DescribedDialect) -> bool:
    """Return whether a relay can stand before the system and read the ids of what passes: it is on
    this machine, without TLS, and its bodies hold the ids."""
    parts = urlsplit(file.base_url.replace("{port}", "1"))
    is_here = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost")
    return is_here and bool({"ids", "id"} & dialect.template.markers)


def _authority_of(path: Path, file: TargetFile) -> str:
    """Return the file of the private certificate authority, absolute. Raises UsageError."""
    if not file.ca:
        return ""
    found = (path.parent / file.ca).absolute()
    try:
        ssl.create_default_context(cafile=str(found))
    except (OSError, ValueError) as error:
        raise UsageError(
            f"{place_of(path, [], 'ca')} {file.ca} holds no certificate that can be read: {error}"
        ) from error
    return str(found)


def _page_of(file: TargetFile, dialect: DescribedDialect) -> PageContract:
    if file.page is None:
        return NO_PAGE
    return page_of(file.page, file.telemetry, base_path=dialect.base_path, pool=dialect.pool)


def _with_secrets(path: Path, file: TargetFile, secrets: dict[str, str]) -> TargetFile:
    """Return the file with every ``${NAME}`` replaced by the caller's variable of that name, and
    add the values to ``secrets``. Raises UsageError for one that is not set."""
    known = _known_secrets()

    def put_in(value: Any, place: tuple[str, ...]) -> Any:
        if isinstance(value, dict):
            return {key: put_in(one, (*place, key)) for key, one in value.items()}
        if isinstance(value, list):
            return [put_in(one, place) for one in value]
        if not isinstance(value, str) or "${" not in value:
            return value
        return SECRET.sub(lambda found: secret(found[1], place), value)

    def secret(name: str, place: tuple[str, ...]) -> str:
        if not known.get(name):
            *tables, key = place_named(place)
            where = place_of(path, tables, key)
            raise UsageError(
                f"{where} needs the environment variable {name}", hint=f"export {name}=…"
            )
        secrets[name] = known[name]
        return known[name]

    return msgspec.convert(put_in(msgspec.to_builtins(file), ()), TargetFile)
