"""The sweep finds a secret wherever one was put."""

from __future__ import annotations

import base64
import gzip
import html
import io
import json
import zipfile
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from tests.swept.sweep import found_in, swept

SECRET = 'tok/en "0123456789&abcdef'


def _zipped(content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("trace.network", content)
    return file.getvalue()


@pytest.mark.parametrize("before", [b"", b"x", b"xy"])
@pytest.mark.parametrize(
    "written",
    [
        lambda raw: raw,
        lambda raw: quote(raw, safe="").encode(),
        lambda raw: gzip.compress(raw),
        lambda raw: _zipped(raw),
        lambda raw: _zipped(gzip.compress(base64.b64encode(raw + b" and more"))),
        lambda raw: base64.urlsafe_b64encode(raw + b"."),
        lambda raw: quote(raw, safe="").lower().encode(),
        lambda raw: quote_plus(raw).encode(),
        lambda raw: json.dumps(raw.decode()).encode(),
        lambda raw: json.dumps(json.dumps(raw.decode())).encode(),
        lambda raw: json.dumps(raw.decode()).replace("/", "\\/").encode(),
        lambda raw: html.escape(raw.decode()).encode(),
        lambda raw: raw.hex().upper().encode(),
        lambda raw: b"Basic " + base64.b64encode(b"user:" + raw),
    ],
)
def test_it_is_found_in_every_form(before: bytes, written: object) -> None:
    content = written(before + SECRET.encode())  # type: ignore[operator]
    assert found_in(content, [SECRET, "another secret"]) == [SECRET]


def test_a_file_s_name_counts_and_innocent_files_do_not(tmp_path: Path) -> None:
    (tmp_path / "innocent").write_bytes(b"tok/en 0123")
    (tmp_path / "s3cr3t.txt").write_text("nothing")
    assert swept(tmp_path, ["s3cr3t"]) == [f"{tmp_path / 's3cr3t.txt'}: s3cr3t (its name)"]
