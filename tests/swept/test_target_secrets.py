"""What a target file takes from the environment is nowhere but there: not printed, not stored."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

from harness.core.wait import block_until
from tests import ROOT
from tests.swept.sweep import found_in, in_arguments, swept

SQLITE = ROOT / "examples" / "sqlite"
NAMES = (
    *("SWEPT_HEADER", "SWEPT_BODY", "SWEPT_PASSWORD", "SWEPT_COOKIE", "SWEPT_TRUTH"),
    *("SWEPT_ENV", "SWEPT_LOGIN", "SWEPT_RESET", "SWEPT_SIGNATURE"),
)
"""One for each place but the connection string, which examples/express has for its own."""

pytestmark = [pytest.mark.stack, pytest.mark.slow]


CHATTY = """
import base64, json, os, runpy, sys, urllib.parse
for name, value in os.environ.items():
    if name.startswith("SWEPT"):
        print(value, urllib.parse.quote(value, safe=""), json.dumps({name: value}), flush=True)
        print(base64.b64encode(f"{name}:{value}".encode()).decode(), flush=True)
sys.argv.pop(0)
sys.path.insert(0, os.path.dirname(sys.argv[0]))
runpy.run_path(sys.argv[0], run_name="__main__")
"""
"""A program that prints what it was started with, in several spellings, before it is itself."""


def tokens_of_a_run() -> dict[str, str]:
    """A secret for each name, with characters that every encoding escapes in its own way; a cookie
    and a header field's value cannot have all of them."""
    narrow = ("SWEPT_COOKIE", "SWEPT_HEADER", "SWEPT_TRUTH", "SWEPT_RESET", "SWEPT_LOGIN")
    return {
        name: ("/+=&" if name in narrow else '/+= &"\\é%41<') + secrets.token_hex(16)
        for name in NAMES
    }


def target_file(folder: Path, *changes: tuple[str, str]) -> Path:
    """The example's file with a secret wherever one may stand."""
    text = (SQLITE / "target.toml").read_text()
    holding = (
        ('"app.py"', f'"chatty.py", {json.dumps(str(SQLITE / "app.py"))}'),
        ('body = { pictures = "{ids}" }', 'body = { pictures = "{ids}", key = "${SWEPT_BODY}" }'),
        ("most = 100", 'most = 100\nheaders = { X-Api-Key = "${SWEPT_HEADER}" }'),
        ("[session.sign_in]", 'cookies = { c = "${SWEPT_COOKIE}" }\n\n[session.sign_in]'),
        ('ready = "/health"', 'env = { APP_KEY = "${SWEPT_ENV}" }\nready = "/health"'),
        ('visitor = "{user}" }', 'visitor = "{user}", password = "${SWEPT_PASSWORD}" }'),
        ('path = "/login"', 'path = "/login"\nheaders = { X-Login = "${SWEPT_LOGIN}" }'),
        ('next = "/next"', 'next = "/next"\nheaders = { X-Api-Key = "${SWEPT_TRUTH}" }'),
    )
    for before, after in (*holding, *changes):
        assert before in text, before
        text = text.replace(before, after)
    text += '\n[reset]\npath = "/health"\nmethod = "GET"\nheaders = { X-R = "${SWEPT_RESET}" }\n'
    text += '\n[batch.signature]\nheader = "X-Signature"\nkey = "${SWEPT_SIGNATURE}"\n'
    (folder / "chatty.py").write_text(CHATTY)
    path = folder / "target.toml"
    path.write_text(text)
    return path


def output_of(tokens: dict[str, str], *arguments: str) -> tuple[int, bytes]:
    argv = [sys.executable, "-m", "harness", *arguments]
    environment = {**os.environ, **tokens}
    ended = subprocess.run(
        argv, capture_output=True, timeout=400, check=False, env=environment, cwd=ROOT
    )
    return ended.returncode, ended.stdout + ended.stderr


def test_a_check_that_shows_the_request_masks_what_is_secret(tmp_path: Path) -> None:
    tokens = tokens_of_a_run()
    code, output = output_of(tokens, "target", "check", str(target_file(tmp_path)))
    assert code == 0, output
    assert b'"key":"***"' in output
    assert b"X-Api-Key: ***" in output
    assert found_in(output, list(tokens.values())) == []


def test_a_run_that_breaks_stores_and_prints_none_of_them(tmp_path: Path) -> None:
    tokens = tokens_of_a_run()
    file = target_file(tmp_path, ('"/token"', '"/no/such"'))
    out = tmp_path / "out"
    code, output = output_of(
        tokens, "run", "steady_load", "--target", str(file), "--out", str(out), "--no-history"
    )
    assert code == 3, output
    assert b"has no /no/such" in output
    assert (out / "latest" / "report.html").exists()
    assert found_in(output, list(tokens.values())) == []
    assert swept(out, list(tokens.values())) == []
    [log] = out.rglob("described.log")
    assert "***" in log.read_text(), "what the program printed was looked at"


def test_a_run_that_ends_well_leaves_none_of_them_anywhere(tmp_path: Path) -> None:
    """Not in a file, a name, what is printed, or the arguments of a process while it runs."""
    tokens = tokens_of_a_run()
    words, out, printed = list(tokens.values()), tmp_path / "out", tmp_path / "printed"
    argv = [sys.executable, "-m", "harness", "run", "steady_load", "--duration", "8"]
    argv += ["--target", str(target_file(tmp_path)), "--out", str(out), "--no-history"]
    seen: set[str] = set()
    with (
        printed.open("wb") as sink,
        subprocess.Popen(
            argv, cwd=ROOT, stdout=sink, stderr=subprocess.STDOUT, env={**os.environ, **tokens}
        ) as run,
    ):

        def ended() -> bool:
            seen.update(in_arguments(words, but=os.getpid()))
            return run.poll() is not None

        try:
            block_until("the run has ended", ended, timeout_s=300, interval_s=0.2)
        finally:
            run.kill()
    output = printed.read_bytes()
    assert (out / "latest" / "report.html").exists(), output
    [cell] = json.loads((out / "latest" / "verdict.json").read_text())["cells"]
    assert cell["fates"], "views were sent"
    assert seen == set()
    assert found_in(output, words) == []
    assert swept(out, words) == []


def test_a_secret_that_is_not_set_is_named_and_nothing_starts(tmp_path: Path) -> None:
    file = target_file(tmp_path)
    code, output = output_of({}, "run", "steady_load", "--target", str(file), "--out", "never")
    assert code == 2
    assert b"needs the environment variable SWEPT_" in output
