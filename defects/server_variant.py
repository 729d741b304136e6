"""``python -m defects.server_variant --defect ID …``: the reference server with a defect.

It takes every argument of ``python -m servers.ingest``, and ``--defect`` with the id of a defect of
the server, its database, the product or the recorder; ``--twin`` installs the healthy twin. Hits
go to the receipts file as lines of kind ``defect_reached``. A recorder's defect is in the scripts
that this server serves.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import web

from defects.base import ScriptDefect, ServerDefect, Switch, installed
from defects.registry import find
from servers.ingest.__main__ import main as serve
from servers.ingest.http import pages
from servers.ingest.instant import now
from servers.ingest.receipts import FORMAT, Receipts

_SCRIPT = "text/javascript"
_FILE = "servers.ingest.http.pages:_file"
_RECEIPTS = "servers.ingest.receipts:Receipts"


class HitLines:
    """Appends hits to the receipts file, as lines of the life that wrote last."""

    def __init__(self, path: Path, defect: str) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self._defect = defect
        self.lifetime = ""

    def report(self, hits: int) -> None:
        """Append one line; several processes may share the file."""
        line = {
            "format": FORMAT,
            "kind": "defect_reached",
            "lifetime": self.lifetime,
            "defect": self._defect,
            "hits": hits,
            "mono_ns": now().mono_ns,
        }
        os.write(self._file, msgspec.json.encode(line) + b"\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until asked to stop; return the server's exit code."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--defect", required=True)
    parser.add_argument("--twin", action="store_true")
    parser.add_argument("--receipts", type=Path, default=Path(os.devnull))
    own, rest = parser.parse_known_args(argv)
    defect = find(own.defect)
    lines = HitLines(own.receipts, defect.id)
    switch = Switch(twin=own.twin, report=lines.report)
    with installed(_books(lines), switch), _planted(defect, switch):
        return serve([*rest, "--receipts", str(own.receipts)])


def _planted(defect: object, switch: Switch) -> AbstractContextManager[None]:
    match defect:
        case ServerDefect():
            return installed(defect.overrides, switch)
        case ScriptDefect():
            serve_file = scripts(defect, pages._file, twin=switch.twin)
            return installed({_FILE: lambda switch, original, name: serve_file(name)}, switch)
    raise SystemExit("this is no defect of a server, a database or a recorder")


def _books(lines: HitLines) -> dict[str, Callable[..., Any]]:
    """Return overrides that name the life of each hit, and report the last ones when it ends."""

    def begin(
        switch: Switch, original: Any, receipts: Receipts, path: Any, lifetime: str, *more: Any
    ) -> None:
        lines.lifetime = lifetime
        original(receipts, path, lifetime, *more)

    def close(switch: Switch, original: Any, receipts: Receipts) -> None:
        switch.close()
        original(receipts)

    return {f"{_RECEIPTS}.__init__": begin, f"{_RECEIPTS}.close": close}


def scripts(
    defect: ScriptDefect, original: Callable[[str], web.StreamResponse], *, twin: bool
) -> Callable[[str], web.StreamResponse]:
    """Return what serves the page's files with the patched ones in their places.

    Raises PatchMissing at once where the defect does not fit the scripts.
    """
    sources = {file: (pages.CLIENT / file).read_text(encoding="utf-8") for file in defect.files}
    patched = {file: defect.patched(file, text, twin=twin) for file, text in sources.items()}

    def serve_file(name: str) -> web.StreamResponse:
        if name not in patched:
            return original(name)
        return web.Response(text=patched[name], content_type=_SCRIPT, headers=pages._HEADERS)

    return serve_file


if __name__ == "__main__":
    sys.exit(main())
