"""Texts and files without secrets, however a secret is written in them.

A program that prints its environment writes a secret as it is; one that prints what it received
writes it percent-encoded, escaped as in JSON or HTML, or in base64, where ``Authorization: Basic``
has it. All of these are replaced, in texts of ours and in what a run keeps of other programs.
"""

from __future__ import annotations

import base64
import io
import re
import zipfile
import zlib
from collections.abc import Collection, Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from harness.core.errors import HarnessError

STARS = b"***"
FEWEST = 4
"""What is derived from a secret (the password in a URL) is masked from this length on: a shorter
text would be found everywhere."""
FEWEST_ENCODED = 8
"""The same for base64 and hexadecimal digits, which are letters and digits like any others."""
FILE_BYTES_MAX = 256 << 20

_BASE64 = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=\\")
_NAMED = {'"': "quot", "&": "amp", "<": "lt", ">": "gt", "'": "apos"}
_SHORT = {"\n": "n", "\r": "r", "\t": "t", "\b": "b", "\f": "f"}


class Mask:
    """Finds secrets in every spelling; one that is empty is none."""

    def __init__(self, secrets: Collection[str]) -> None:
        plain = sorted({one for secret in secrets for one in _parts(secret)}, key=len, reverse=True)
        self._plain = [(_anchor(secret), re.compile(_spelt(secret))) for secret in plain]
        self._encoded = _either({core for secret in plain for core in _cores(secret.encode())})

    def text(self, text: str) -> str:
        """Return a text with stars in place of every secret."""
        return self.content(text.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")

    def content(self, content: bytes) -> bytes:
        """Return a file's content with stars in place of every secret; what is packed in it stays.

        Of base64 the whole word goes, for its ends hold bits of the secret too.
        """
        for anchor, spelt in self._plain:
            if anchor in content:  # looked for in a hundredth of the time
                content = spelt.sub(STARS, content)
        if self._encoded is not None and self._encoded.search(content):
            content = self._without_words(content)
        return content

    def _without_words(self, content: bytes) -> bytes:
        assert self._encoded is not None
        kept, done = [], 0
        for found in self._encoded.finditer(content):
            begin, end = found.span()
            if begin < done:
                continue
            while begin > done and content[begin - 1] in _BASE64:
                begin -= 1
            while end < len(content) and content[end] in _BASE64:
                end += 1
            kept += [content[done:begin], STARS]
            done = end
        return b"".join([*kept, content[done:]])


@lru_cache(maxsize=8)
def mask_of(secrets: frozenset[str]) -> Mask:
    """Return the mask of these secrets."""
    return Mask(secrets)


def mask_files(folder: Path, mask: Mask) -> None:
    """Put stars in place of every secret in the files below a folder, members of zip files too.

    Links are not followed, and files of more than 256 MiB are removed: nothing else keeps them
    from being shown. Raises HarnessError where a file cannot be written.
    """
    for path in sorted(folder.rglob("*")) if folder.is_dir() else []:
        if path.is_symlink() or not path.is_file():
            continue
        try:
            if path.stat().st_size > FILE_BYTES_MAX:
                path.unlink()
                continue
            before = path.read_bytes()
            after = _unzipped(before, mask) if before[:2] == b"PK" else mask.content(before)
            if after != before:
                path.write_bytes(after)
        except OSError as error:
            raise HarnessError(f"{path} may hold secrets of the target file: {error}") from error


def _unzipped(content: bytes, mask: Mask) -> bytes:
    """Return a zip file whose members hold no secret; the same one where none did."""
    out, changed = io.BytesIO(), False
    with suppress(zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
        with (
            zipfile.ZipFile(io.BytesIO(content)) as archive,
            zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as masked,
        ):
            for info in archive.infolist():
                member = archive.read(info)
                name = mask.text(info.filename)
                masked.writestr(name, cleaned := mask.content(member))
                changed |= cleaned != member or name != info.filename
        return out.getvalue() if changed else content
    return mask.content(content)


def _parts(secret: str) -> Iterator[str]:
    """Yield a secret, and what a program makes of it: without its percent signs, and the password
    where it is a URL."""
    if not secret:
        return
    yield secret
    found = [unquote(secret)]
    with suppress(ValueError):
        password = urlsplit(secret).password or ""
        found += [password, unquote(password)]
    yield from (one for one in found if len(one) >= FEWEST)


def _anchor(secret: str) -> bytes:
    """Return the longest part of a secret that no escaping changes: letters and digits of ASCII."""
    return max(re.split(rb"[^0-9A-Za-z]+", secret.encode("utf-8", "surrogatepass")), key=len)


def _spelt(secret: str) -> bytes:
    """Return a pattern of a secret whose characters may be escaped, each in any way."""
    return b"".join(_character(one) for one in secret)


def _character(one: str) -> bytes:
    raw = one.encode("utf-8", "surrogatepass")
    if raw.isalnum() and len(raw) == 1:
        return raw
    units = one.encode("utf-16-be", "surrogatepass")
    escaped = "".join(rf"\\+u{_any_case(units[at : at + 2])}" for at in range(0, len(units), 2))
    ways = [
        re.escape(raw),
        "".join(f"%{_any_case(bytes([byte]))}" for byte in raw).encode(),
        "".join(rf"\\+x{_any_case(bytes([byte]))}" for byte in raw).encode(),
        escaped.encode(),
        rf"&#(?:0*{ord(one)}|[xX]0*{_any_case(_number(one))});".encode(),
    ]
    if one in _NAMED:
        ways.append(f"&{_NAMED[one]};".encode())
    if one in _SHORT:
        ways.append(rb"\\+" + _SHORT[one].encode())
    if one == " ":
        ways.append(rb"\+")
    if one in "\"'/\\":
        ways.append(rb"\\+" + re.escape(raw))
    return b"(?:" + b"|".join(ways) + b")"


def _number(one: str) -> bytes:
    """Return a character's number in as few bytes as it needs."""
    number = ord(one)
    return number.to_bytes(max(1, (number.bit_length() + 7) // 8), "big")


def _any_case(raw: bytes) -> str:
    """Return a pattern of bytes in hexadecimal digits, small or capital."""
    return "".join(f"[{digit}{digit.upper()}]" if digit.isalpha() else digit for digit in raw.hex())


def _cores(raw: bytes) -> Iterator[bytes]:
    """Yield patterns of what base64 makes of a secret, whatever stands before and behind it, and of
    its hexadecimal digits."""
    if len(raw) < FEWEST_ENCODED:
        return
    yield _any_case(raw).encode()
    for before in range(3):
        word = base64.b64encode(b"\0" * before + raw)
        first = -(-before * 8 // 6)
        whole = word[first : (before + len(raw)) * 8 // 6]
        yield b"".join(
            {b"+": rb"[-+]", b"/": rb"\\*[/_]"}.get(bytes([one]), bytes([one])) for one in whole
        )


def _either(patterns: Collection[bytes] | Iterator[bytes]) -> re.Pattern[bytes] | None:
    found = sorted(patterns, key=len, reverse=True)
    return re.compile(b"|".join(found)) if found else None
