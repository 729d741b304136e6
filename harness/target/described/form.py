"""The tables of a target file that describe a system which runs somewhere already.

Types and limits are msgspec's; the JSON Schema (``schema.py``) and the errors of a file are made of
them. What no type can say is checked in ``loading.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec

SETTLE_MAX_S = 120

Path = Annotated[str, msgspec.Meta(pattern="^/", description="begins with /")]
Pointer = Annotated[
    str, msgspec.Meta(pattern="^(/|$)", description="a JSON pointer (RFC 6901), e.g. /data/id")
]
Status = Annotated[
    int | Annotated[str, msgspec.Meta(pattern="^[1-5]xx$")],
    msgspec.Meta(description='a status, 202, or a class of them, "2xx"'),
]
Value = str | int | bool
Content = Literal["json", "form", "ndjson"]
Method = Literal["POST", "PUT", "PATCH", "GET", "DELETE"]
Seconds = Annotated[float, msgspec.Meta(gt=0, le=600)]


class FileTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A table; a key that it does not have is an error."""


class StartTable(FileTable, frozen=True):
    """How the harness starts the system for each run, in an empty folder, and stops it after.

    The command runs in the target file's folder. ``{port}`` is a free port, ``{data}`` an empty
    folder that lives as long as the run, ``{python}`` the harness's own Python; the values of
    ``env`` may have them too. It is added to the command's environment, which has the variables of
    every ``${NAME}`` in the file.
    """

    command: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    env: Mapping[str, str] = {}
    ready: Path = "/"
    within_s: Seconds = 20.0


class SignatureTable(FileTable, frozen=True):
    """A header that signs the body as it is sent: its HMAC (RFC 2104) under a secret key. ``value``
    is what the header holds, ``{signature}`` within it."""

    header: Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9-]+$", description="a header's name")]
    key: str
    algorithm: Literal["sha1", "sha256", "sha512"] = "sha256"
    encoding: Literal["hex", "base64"] = "hex"
    value: str = "{signature}"


class BatchTable(FileTable, frozen=True):
    """The request that carries views.

    A text of ``body`` that is a marker alone becomes its value: ``{ids}`` the list of ids,
    ``{id}`` one id, ``{user}``, ``{batch}`` the batch's own id, ``{attempt}``, ``{now}`` (ISO 8601)
    and ``{now_ms}``. ``item`` is what an element of ``{ids}``, or a line of NDJSON, looks like.
    ``gzip`` is whether the system takes a compressed body; with ``"only"`` every body is.
    """

    path: Path
    body: Any = None
    item: Any = "{id}"
    method: Method = "POST"
    content: Content = "json"
    headers: Mapping[str, str] = {}
    most: Annotated[int, msgspec.Meta(ge=1, le=10_000)] | None = None
    gzip: bool | Literal["only"] = False
    signature: SignatureTable | None = None


class IdsTable(FileTable, frozen=True):
    """What an id may be; the harness makes up its own, new ones for every run."""

    kind: Literal["text", "integer", "uuid"] = "text"
    case_sensitive: bool = True


class SignInTable(FileTable, frozen=True):
    """The request that signs a user in; ``captures`` are names for parts of its answer.

    A capture is a JSON pointer into the body (``/access_token``) or a header
    (``header:X-Token``). ``accepted`` are the statuses of an answer that signs in: a form is often
    answered with a redirect, which is not followed.
    """

    path: Path
    body: Any = None
    method: Method = "POST"
    content: Content = "json"
    headers: Mapping[str, str] = {}
    captures: Mapping[str, str] = {}
    accepted: Annotated[tuple[Status, ...], msgspec.Meta(min_length=1)] = ("2xx",)


class SessionTable(FileTable, frozen=True):
    """What makes a request a user's: headers, cookies, those that a sign-in sets.

    ``{user}`` and the names of captures are markers in the values.
    """

    headers: Mapping[str, str] = {}
    cookies: Mapping[str, str] = {}
    keeps_cookies: bool = True
    sign_in: SignInTable | None = None


class ValuesTable(FileTable, frozen=True):
    """What the field of an answer, or the code of its error, holds, by what it means."""

    accepted: tuple[Value, ...] = ()
    duplicate: tuple[Value, ...] = ()
    refused: tuple[Value, ...] = ()
    try_again: tuple[Value, ...] = ()


class AnswersTable(FileTable, frozen=True):
    """What an answer means, by its status; with ``field`` an accepted one by that field too.

    A status of its own goes before a class of statuses. An answer that is none of these is
    neither an acknowledgement nor a refusal. One in which ``error`` points at something is not
    accepted whatever its status: it means what ``values`` say of what ``error_code`` points at
    (by default ``error`` itself). In both a step ``*`` stands for every element of a list
    (``/results/*/error``): where one view of a batch is turned down, the batch is not accepted.
    ``inserted`` and ``duplicates`` point at counts.
    """

    accepted: tuple[Status, ...] = ("2xx",)
    duplicate: tuple[Status, ...] = ()
    refused: tuple[Status, ...] = ("4xx",)
    try_again: tuple[Status, ...] = (408, 425, 429, "5xx")
    field: Pointer | None = None
    error: Pointer | None = None
    error_code: Pointer | None = None
    values: ValuesTable = ValuesTable()
    inserted: Pointer | None = None
    duplicates: Pointer | None = None


class SqlTable(FileTable, frozen=True):
    """A SELECT that returns a row for every stored view: ``id``, and ``user_id`` where stored.

    It runs in a read-only transaction with a statement timeout, through a server-side cursor.
    """

    dsn: str
    select: str
    timeout_s: Seconds = 30.0


class HttpTable(FileTable, frozen=True):
    """Pages of JSON that list every stored view.

    ``items`` points at the list of a page, ``id`` and ``user_id`` at a value within an item (an
    empty pointer: the item itself). ``next`` points at what stands for ``{after}`` in the next
    page's path; the last page has none there, or is empty and has its own. ``first`` stands there
    in the first page's. ``row`` points at what is different in every row that is stored, such as
    its number: a row that two pages show is counted once.
    """

    path: Path
    items: Pointer = ""
    id: Pointer = ""
    user_id: Pointer | None = None
    row: Pointer | None = None
    next: Pointer | None = None
    first: str = ""
    headers: Mapping[str, str] = {}
    timeout_s: Seconds = 30.0


class CommandTable(FileTable, frozen=True):
    """A command that prints every stored view, one a line: an id or, with ``names_users``, an
    object with ``id`` and ``user_id``. It runs in the target file's folder; ``{python}`` and
    ``{data}`` are markers."""

    run: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    names_users: bool = False
    timeout_s: Seconds = 30.0


class PageTable(FileTable, frozen=True):
    """The page on which artworks are seen, and how a view is made there.

    In ``path`` and its query ``{user}`` is the visitor's name, and ``{pool}`` the ids of all
    artworks that a visit may show, joined by commas. A view is made in one of three ways: what the
    CSS selector ``scroll`` selects is scrolled into view, what ``click`` selects is clicked
    (``{id}`` is the artwork's id), or ``script`` is called, a JavaScript function of a list of ids
    whose promise resolves when all of them are on the screen. ``dwell_ms`` is how long each must
    stay there to count as seen. ``ready`` is a JavaScript function that returns whether the page
    records.
    """

    path: Path
    scroll: str | None = None
    click: str | None = None
    script: str | None = None
    dwell_ms: Annotated[float, msgspec.Meta(ge=0, le=60_000)] = 0.0
    ready: str = ""


class TelemetryTable(FileTable, frozen=True):
    """What the page's recorder tells of itself, each by a JavaScript function: ``pending`` returns
    the ids that it has not delivered yet, ``flush`` has it send them now, ``owner`` returns the
    user for whom it records."""

    pending: str = ""
    flush: str = ""
    owner: str = ""


class TruthTable(FileTable, frozen=True):
    """How what is stored is read back: by one of the three. ``settle_s`` is how long a view that
    was acknowledged may take to appear."""

    settle_s: Annotated[float, msgspec.Meta(ge=0, le=SETTLE_MAX_S)] = 0.0
    sql: SqlTable | None = None
    http: HttpTable | None = None
    command: CommandTable | None = None


class LocustTable(FileTable, frozen=True):
    """A locustfile of yours that sends to the system, with ids that ``harness.load.own.views``
    gives out: ``users`` of Locust's users for ``lasts_s``. It runs in the harness's Python and has
    the variables of every ``${NAME}`` in the file."""

    file: str
    users: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 10
    lasts_s: Seconds = 30.0


class ResetTable(FileTable, frozen=True):
    """What empties the system before a run: a request, or a command in the file's folder."""

    path: Path | None = None
    method: Method = "POST"
    headers: Mapping[str, str] = {}
    command: tuple[str, ...] = ()
    timeout_s: Seconds = 30.0
