"""Looking for a secret in everything that a run leaves: raw, escaped, encoded and packed."""

from __future__ import annotations

import base64
import contextlib
import gzip
import html
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import quote, quote_plus

import psutil

_PERCENT = re.compile("%[0-9A-F]{2}")


def forms(secret: str) -> set[bytes]:
    """Return how a secret may be written: as it is, percent-encoded, escaped as in JSON and HTML,
    in base64 at any offset."""
    raw = secret.encode()
    found = {raw, raw.hex().encode(), raw.hex().upper().encode(), html.escape(secret).encode()}
    for encoded in (quote(secret, safe=""), quote(secret), quote_plus(secret), _in_a_url(secret)):
        found |= {encoded.encode(), _PERCENT.sub(lambda one: one[0].lower(), encoded).encode()}
    for in_json in (json.dumps(secret), json.dumps(secret, ensure_ascii=False)):
        found |= {in_json[1:-1].encode(), json.dumps(in_json)[3:-3].encode()}
        found.add(in_json[1:-1].replace("/", "\\/").encode())
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + raw + b"\0" * ((-offset - len(raw)) % 3))
        # The characters at both ends also hold bits of what surrounds it.
        found.add(encoded[4 if offset else 0 : -4])
        found.add(base64.urlsafe_b64encode(base64.b64decode(encoded))[4 if offset else 0 : -4])
    return {form for form in found if len(form) >= 8}


def _in_a_url(secret: str) -> str:
    """Return what JavaScript's encodeURIComponent makes of it."""
    return quote(secret, safe="!'()*~")


def found_in(content: bytes, secrets: Sequence[str]) -> list[str]:
    """Return the secrets that a file's content holds, in itself or in what is packed in it."""
    layers = list(_layers(content))
    return [
        secret
        for secret in secrets
        if any(form in layer for form in forms(secret) for layer in layers)
    ]


def swept(directory: Path, secrets: Sequence[str]) -> list[str]:
    """Return ``file: secret`` for every file of a directory that holds a secret, its name too."""
    wrong = []
    for path in sorted(directory.rglob("*")):
        wrong += [f"{path}: {secret} (its name)" for secret in secrets if secret in path.name]
        if path.is_file() and not path.is_symlink():
            wrong += [f"{path}: {secret}" for secret in found_in(path.read_bytes(), secrets)]
    return wrong


def in_arguments(secrets: Sequence[str], *, but: int) -> Iterator[str]:
    """Yield the commands of living processes, ``but`` one, whose arguments hold a secret."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            words = "\0".join(process.cmdline())
            if process.pid != but and any(secret in words for secret in secrets):
                yield words.replace("\0", " ")


def _layers(content: bytes) -> Iterator[bytes]:
    yield content
    if content[:2] == b"\x1f\x8b":
        with contextlib.suppress(OSError, EOFError, zlib.error):
            yield from _layers(gzip.decompress(content))
    if content[:2] == b"PK":
        with contextlib.suppress(zipfile.BadZipFile):
            archive = zipfile.ZipFile(io.BytesIO(content))
            for name in archive.namelist():
                yield name.encode()
                yield from _layers(archive.read(name))
