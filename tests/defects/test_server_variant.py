"""The server with a defect: what it serves, and the lines that count hits."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from aiohttp import web

from defects import server_variant
from defects.base import Patch, PatchMissing, RecorderDefect, Switch, Trial, installed
from defects.server_variant import HitLines
from harness.ledger.kinds.server import ServerDefectReached
from reports.core.kinds import payloads
from reports.evidence.columnar import encoded, frames_of
from reports.evidence.receipts import read_receipts
from servers.ingest.board import Board
from servers.ingest.http import pages
from servers.ingest.receipts import Receipts

FIRST = "// Records which artworks"


def defect_of(old: str) -> RecorderDefect:
    patch = Patch(file="recorder.js", old=old, new="REACHED;\n// defect", twin=f"REACHED;\n{old}")
    return RecorderDefect(
        about="x.", expected={"late"}, trials=[Trial("first_visit")], patches=[patch], id="x"
    )


def served(name: str, *, twin: bool) -> web.StreamResponse:
    return server_variant.scripts(defect_of(FIRST), pages._file, twin=twin)(name)


def test_the_patched_script_is_served_and_the_others_as_they_are() -> None:
    for twin, expected in ((False, "// defect"), (True, FIRST)):
        response = served("recorder.js", twin=twin)
        assert isinstance(response, web.Response)
        assert expected in str(response.text)
        assert "defect_reached" in str(response.text)
        assert response.content_type == "text/javascript"
        assert response.headers["Cache-Control"] == "no-cache"
    assert isinstance(served("queue.js", twin=False), web.FileResponse)


def test_a_defect_that_does_not_fit_the_scripts_is_refused_before_serving() -> None:
    with pytest.raises(PatchMissing):
        server_variant.scripts(defect_of("no such text"), pages._file, twin=False)


def test_hits_become_lines_of_the_life_that_writes(tmp_path: Path) -> None:
    path = tmp_path / "server.ndjson"
    lines = HitLines(path, "no_insert")
    switch = Switch(twin=False, report=lines.report)
    with installed(server_variant._books(lines), switch):
        receipts = Receipts(path, "life", Board().row(0))
        receipts.started()
        for _ in range(3):
            switch.reached()
        receipts.close()
    tables = {"server": read_receipts(tmp_path, [])}
    assert [one["kind"] for one in map(json.loads, path.read_text().splitlines())] == [
        "started",
        "defect_reached",
        "defect_reached",
    ]
    reached = payloads(
        frames_of({"server": encoded(tables["server"])})["server"], ServerDefectReached
    )
    assert [(one.defect, one.hits, one.lifetime) for one in reached] == [
        ("no_insert", 1, "life"),
        ("no_insert", 2, "life"),
    ]


def test_a_defect_of_the_harness_is_none_of_a_server() -> None:
    with pytest.raises(SystemExit, match="no defect of a server"):
        server_variant.main(["--defect", "check_crashes"])


@pytest.mark.parametrize("name", ["no_insert", "never_adopts"])
def test_it_takes_the_arguments_of_the_server_and_its_own(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    taken: list[list[str]] = []

    def serve(argv: list[str]) -> int:
        taken.append(argv)
        return 0

    monkeypatch.setattr(server_variant, "serve", serve)
    receipts = tmp_path / "r.ndjson"
    own = ["--defect", name, "--twin", "--receipts", str(receipts)]
    original = pages._file
    assert server_variant.main([*own, "--port", "0"]) == 0
    assert taken == [["--port", "0", "--receipts", str(receipts)]]
    assert pages._file is original
