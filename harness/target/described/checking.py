"""What no type can say of a target file: a mistake is one line with file, line, table and key."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from harness.core.errors import UsageError
from harness.core.toml import place_of
from harness.target.capabilities import Promise, Wrong
from harness.target.database import has_password
from harness.target.described.file import TargetFile
from harness.target.described.form import SignInTable, TelemetryTable, TruthTable
from harness.target.described.template import Template, markers_of

SECRET = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
TRUTHS = ("sql", "http", "command")
_MAY_HOLD = (
    "start.env",
    "batch.headers",
    "batch.body",
    "batch.item",
    "batch.signature.key",
    "session.headers",
    "session.cookies",
    "session.sign_in.headers",
    "session.sign_in.body",
    "truth.sql.dsn",
    "truth.http.headers",
    "reset.headers",
)
"""Where a secret may stand: nothing of it is an argument of a process, a path or a name."""
_SECRET_HEADER = re.compile(r"authorization|cookie|secret|passw|token|api[-_]?key", re.I)
_SECRET_KEY = re.compile(r"secret|passw|(^|_)token$", re.I)
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|--[^\n]*|/\*.*?\*/", re.S)
"""What a SELECT names or remarks, and does not do."""
_COPIES = r"(?<!is )(?<!is not )\bdistinct\b|\bgroup\s+by\b|\b(union|intersect|except)\b(?!\s+all)"
_HIDDEN = {
    Wrong.DUPLICATE: (
        re.compile(rf"{_COPIES}|(^|[\s|])(uniq|sort\s+-u)(?=\s|$)", re.I),
        "what is stored twice would be shown once",
        "Return a row for every stored view",
    ),
    Wrong.LOSS: (
        re.compile(r"\blimit\s+\d+|\bfetch\s+(first|next)\b", re.I),
        "what is beyond would count as lost",
        "Return a row for every stored view; WHERE restricts it to what was stored lately",
    ),
}
"""By what is wrong with a system: the words of a SELECT, or of a command, that would hide it or
make it up, what they do, and what to write instead."""
_BATCH_MARKERS = frozenset({"ids", "id", "user", "batch", "attempt", "now", "now_ms"})


class _Mistakes:
    """Makes the errors of one file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def at(self, place: str, what: str, *, hint: str = "") -> UsageError:
        """Return the error that something is wrong at a place, ``table.table.key``."""
        *tables, key = place.split(".")
        return UsageError(f"{place_of(self._path, tables, key)} {what}", hint=hint)


def check_file(path: Path, file: TargetFile) -> None:
    """Raise UsageError for the first mistake of a file that describes a system.

    It is checked as it was written, with ``${NAME}`` in the place of secrets.
    """
    mistakes = _Mistakes(path)
    _check_secrets(mistakes, file)
    _check_base_url(mistakes, file)
    _check_batch(mistakes, file)
    if file.answers.error_code is not None and file.answers.error is None:
        raise mistakes.at("answers.error_code", "needs `error`: where is an error?")
    _check_session(mistakes, file)
    _check_truth(mistakes, file)
    _check_page(mistakes, file)
    if file.locust is not None and not (path.parent / file.locust.file).is_file():
        raise mistakes.at("locust.file", "names a file that is not there")
    if file.reset is not None and bool(file.reset.path) == bool(file.reset.command):
        raise mistakes.at("reset.path", "or a command: [reset] needs one of the two")


def names_users(truth: TruthTable) -> bool:
    """Return whether what is read back names the user of each view."""
    if truth.sql is not None:
        return re.search(r"\buser_id\b", truth.sql.select, re.I) is not None
    if truth.http is not None:
        return truth.http.user_id is not None
    return truth.command is not None and truth.command.names_users


def place_named(place: Sequence[str]) -> tuple[str, ...]:
    """Return the tables and the key of a place: of one that may hold a secret no more than that,
    since its file may have it in one line."""
    for allowed in _MAY_HOLD:
        steps = tuple(allowed.split("."))
        if tuple(place[: len(steps)]) == steps:
            return steps
    return tuple(place)


def _check_secrets(mistakes: _Mistakes, file: TargetFile) -> None:
    """Raise UsageError where a secret would be shown, and where one stands in the file itself."""
    for place, text in _texts(msgspec.to_builtins(file)):
        where = ".".join(place_named(place))
        if "${" in text and not SECRET.search(text):
            raise mistakes.at(where, "has a ${ that names no variable", hint="Write ${NAME}")
        if SECRET.search(text):
            if where not in _MAY_HOLD:
                raise mistakes.at(
                    where,
                    "must not hold a secret: it would be shown",
                    hint=f"A secret may stand in {', '.join(_MAY_HOLD)}",
                )
            continue
        in_fields = place[-2:-1] in (("headers",), ("env",)) and _SECRET_HEADER.search(place[-1])
        in_cookies = place[-2:-1] == ("cookies",)
        in_body = "body" in place and _SECRET_KEY.search(place[-1])
        suspicious = in_fields or in_cookies or in_body or where == "batch.signature.key"
        if (suspicious and text and not markers_of(text)) or (
            where == "truth.sql.dsn" and _opens_by_itself(text)
        ):
            raise mistakes.at(
                where,
                "holds a secret itself",
                hint="Write ${NAME}, and set that variable where the harness is started",
            )


def _opens_by_itself(dsn: str) -> bool:
    """Return whether a connection string holds a password; one that cannot be read may."""
    try:
        return has_password(dsn)
    except UsageError:
        return True


def _texts(content: Any, place: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield every text of the file that is a value, with the keys that lead to it."""
    if isinstance(content, Mapping):
        for key, value in content.items():
            yield from _texts(value, (*place, str(key)))
    elif isinstance(content, list | tuple):
        for value in content:
            yield from _texts(value, place)
    elif isinstance(content, str):
        yield place, content


def _check_base_url(mistakes: _Mistakes, file: TargetFile) -> None:
    try:
        parts = urlsplit(file.base_url.replace("{port}", "1"))
        port = parts.port
    except ValueError:
        raise mistakes.at("base_url", "is no URL") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise mistakes.at("base_url", 'must be like "http://127.0.0.1:8080"')
    if parts.username or parts.password or parts.query or parts.fragment:
        raise mistakes.at("base_url", "must be scheme, host, port and path, no more")
    if file.ca and parts.scheme != "https":
        raise mistakes.at("ca", "is for a base_url that begins with https://")
    if ("{port}" in file.base_url) != (file.start is not None):
        raise mistakes.at("base_url", "has the port {port} where [start] is given, and only there")
    if (start := file.start) and "{port}" not in " ".join((*start.command, *start.env.values())):
        raise mistakes.at(
            "start.command",
            "names no {port}, nor does env: the harness chooses where it listens",
            hint='Write {port} as an argument, or env = { PORT = "{port}" }',
        )


def _check_batch(mistakes: _Mistakes, file: TargetFile) -> None:
    batch = file.batch
    assert batch is not None
    try:
        template = Template(batch.body, batch.item, batch.content)
    except UsageError as error:
        raise mistakes.at("batch.body", f"cannot be: {error}") from error
    used = template.markers | markers_of(batch.path) | _without_secrets(batch.headers)
    used -= _secret_names(batch.body) | _secret_names(batch.item)
    if unknown := used - _BATCH_MARKERS:
        known = ", ".join(f"{{{one}}}" for one in sorted(_BATCH_MARKERS))
        raise mistakes.at(
            "batch.body", f"has the unknown marker {{{min(unknown)}}}", hint=f"Known: {known}"
        )
    if "ids" not in used and "id" not in used:
        raise mistakes.at("batch.body", "has neither {ids} nor {id}: nothing would be sent")
    if batch.signature is not None and "{signature}" not in batch.signature.value:
        raise mistakes.at("batch.signature.value", "has no {signature}")
    if "ids" not in template.markers and (batch.most or 1) > 1:
        raise mistakes.at("batch.most", "is above 1, but the body has no {ids}")
    if names_users(file.truth) and "user" not in used and not _signs_users_in(file):
        raise mistakes.at(
            "batch.body",
            "names no {user} and no session does, but [truth] returns user_id",
            hint="Leave user_id out of [truth]: an id then tells whose view it was",
        )


def _signs_users_in(file: TargetFile) -> bool:
    session, sign_in = file.session, file.session.sign_in
    asked: list[Any] = [session.headers, session.cookies]
    if sign_in is not None:
        asked += [sign_in.body, sign_in.path, sign_in.headers]
    return any("user" in markers_of(one) for one in asked)


def _check_session(mistakes: _Mistakes, file: TargetFile) -> None:
    session = file.session
    sign_in = session.sign_in or SignInTable(path="/")
    for name, source in sign_in.captures.items():
        if not source.startswith(("/", "header:")) or not re.fullmatch("[a-z_]+", name):
            raise mistakes.at(
                "session.sign_in.captures",
                f"has {name!r}, which is none",
                hint='Write token = "/access_token" or token = "header:X-Token"',
            )
    known = {"user", *sign_in.captures}
    for key, fields in (("headers", session.headers), ("cookies", session.cookies)):
        if unknown := _without_secrets(fields) - known:
            raise mistakes.at(
                f"session.{key}",
                f"has the unknown marker {{{min(unknown)}}}",
                hint=f"Known: {', '.join(sorted(known))}",
            )
    try:
        Template(sign_in.body if sign_in.body is not None else {}, "{id}", sign_in.content)
    except UsageError as error:
        raise mistakes.at("session.sign_in.body", f"cannot be: {error}") from error


def _check_truth(mistakes: _Mistakes, file: TargetFile) -> None:
    truth = file.truth
    given = [name for name in TRUTHS if getattr(truth, name) is not None]
    if len(given) > 1:
        raise mistakes.at(f"truth.{given[1]}", f"is one more way beside {given[0]}; choose one")
    if truth.sql and not re.match(r"\s*(select|with|table|values)\b", truth.sql.select, re.I):
        raise mistakes.at("truth.sql.select", "is no SELECT")
    if (http := truth.http) and (http.next is not None) != ("{after}" in http.path):
        raise mistakes.at("truth.http.path", "needs {after} where `next` is given, and only there")
    if truth.http and truth.http.row is not None and truth.http.row == truth.http.id:
        raise mistakes.at(
            "truth.http.row",
            "is the view's id: what is stored twice would be counted once",
            hint="Point at what is different in every row, such as its number",
        )
    _check_whole(mistakes, file)


def _check_whole(mistakes: _Mistakes, file: TargetFile) -> None:
    """Refuse truth that shows what is stored twice as if it were stored once, or that ends before
    all is shown, where the promise makes it matter."""
    asked: list[tuple[str, str]] = []
    if file.truth.sql is not None:
        asked.append(("truth.sql.select", _QUOTED.sub(" ", file.truth.sql.select)))
    if file.truth.command is not None:
        asked += [("truth.command.run", word) for word in file.truth.command.run]
    for wrong, (pattern, becomes, instead) in _HIDDEN.items():
        for key, text in asked:
            found = pattern.search(text)
            if found is not None and Promise(file.delivery).excludes(wrong):
                raise mistakes.at(
                    key,
                    f"has {found[0].strip()}: {becomes}, and {file.delivery} delivery could not be "
                    "judged",
                    hint=instead,
                )


def _check_page(mistakes: _Mistakes, file: TargetFile) -> None:
    page = file.page
    if page is None:
        if file.telemetry != TelemetryTable():
            raise mistakes.at("telemetry.pending", "tells of a page, and there is no [page]")
        return
    ways = [name for name in ("scroll", "click", "script") if getattr(page, name) is not None]
    if len(ways) != 1:
        raise mistakes.at(
            "page.scroll", "or click or script: [page] needs one of the three, which makes a view"
        )
    if ways != ["script"] and "{id}" not in getattr(page, ways[0]):
        raise mistakes.at(f"page.{ways[0]}", "has no {id}: which artwork is seen?")
    path, _, query = page.path.partition("?")
    if unknown := markers_of(path) | (markers_of(query) - {"user", "pool"}):
        raise mistakes.at(
            "page.path",
            f"has the marker {{{min(unknown)}}} where it is none",
            hint="Known in its query: {pool}, {user}",
        )
    if not names_users(file.truth):
        raise mistakes.at(
            "page.path",
            "needs a [truth] that returns user_id: a page shows the same artworks to every user",
        )


def _without_secrets(fields: Mapping[str, str]) -> set[str]:
    return markers_of({name: SECRET.sub("", text) for name, text in fields.items()})


def _secret_names(structure: Any) -> set[str]:
    """Return the names of variables that look like markers: ``${token}``."""
    return {
        name for _, text in _texts(structure) for name in SECRET.findall(text) if name.islower()
    }
