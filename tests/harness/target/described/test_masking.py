"""A secret is found however it is written, and nothing else is touched."""

from __future__ import annotations

import base64
import html
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from harness.core.errors import HarnessError
from harness.target.described import masking
from harness.target.described.masking import Mask, mask_files, mask_of
from tests.swept.sweep import found_in

SECRET = "p\"/+ é\\%41'<&=\ttok"
OTHERS = 'nothing of it: p"/+ , tok, %41, caf\\u00e9, YWJjZGVmZ2hpamtsbW5v'

SPELLINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "percent-encoded": lambda s: quote(s, safe=""),
    "percent-encoded in small letters": lambda s: quote(s, safe="").replace("%C3%A9", "%c3%a9"),
    "in a path": quote,
    "in a form": quote_plus,
    "in JSON": json.dumps,
    "in JSON in Unicode": lambda s: json.dumps(s, ensure_ascii=False),
    "in JSON in JSON": lambda s: json.dumps(json.dumps(s)),
    "in JSON as PHP writes it": lambda s: json.dumps(s).replace("/", "\\/"),
    "in HTML": html.escape,
    "in HTML by numbers": lambda s: "".join(
        one if one.isalnum() and one.isascii() else f"&#{ord(one)};" for one in s
    ),
    "in HTML by hexadecimal numbers": lambda s: s.replace('"', "&#x22;").replace("'", "&#x27;"),
    "as Python shows it": repr,
    "as Python shows bytes": lambda s: repr(s.encode()),
    "in hexadecimal digits": lambda s: s.encode().hex(),
    "in capital hexadecimal digits": lambda s: s.encode().hex().upper(),
    "for HTTP Basic": lambda s: base64.b64encode(f"me:{s}".encode()).decode(),
    "in base64, one byte before": lambda s: base64.b64encode(f"x{s}yz".encode()).decode(),
    "in base64, two bytes before": lambda s: base64.b64encode(f"xy{s}".encode()).decode(),
    "in base64 for URLs": lambda s: base64.urlsafe_b64encode(f"{s}>>>???".encode()).decode(),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_secret_is_found_in_every_spelling(spelling: str) -> None:
    written = SPELLINGS[spelling](SECRET)
    masked = Mask([SECRET, "another"]).text(f"before {written} and {written} after")
    assert masked.replace('\\"', "").replace("b'", "").replace('"', "").replace("'", "") == (
        "before *** and *** after"
    )


def test_what_is_no_secret_stays() -> None:
    assert Mask([SECRET]).text(OTHERS) == OTHERS
    assert Mask([]).text(OTHERS) == OTHERS
    assert Mask(["", "t0ken-of-the-shop"]).text("a t0ken-of-the-shop b") == "a *** b"


def test_the_longer_of_two_secrets_goes_first() -> None:
    assert Mask(["shop", "shop-and-more"]).text("shop-and-more, shop") == "***, ***"


def test_the_password_of_a_url_is_a_secret_too_as_it_is_and_decoded() -> None:
    mask = Mask(["postgresql://ann:p%40ss-word@db/shop"])
    assert mask.text('password authentication failed: "p@ss-word"') == (
        'password authentication failed: "***"'
    )
    assert mask.text("p%40ss-word") == "***"
    assert mask.text("ann of shop at db") == "ann of shop at db"


def test_a_short_secret_is_masked_as_it_is_alone() -> None:
    """Its base64 would be found in what has nothing to do with it."""
    mask = Mask(["abc"])
    assert mask.text("abc YWJj 616263") == "*** YWJj 616263"


def test_one_mask_is_made_for_the_same_secrets() -> None:
    assert mask_of(frozenset({"one-secret"})) is mask_of(frozenset({"one-secret"}))


def _zipped(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def test_files_and_members_of_archives_hold_none_afterwards(tmp_path: Path) -> None:
    word = "t0ken/of+the=shop"
    logs = tmp_path / "logs"
    (logs / "deeper").mkdir(parents=True)
    (logs / "deeper" / "app.log").write_bytes(f"\xff key={quote(word, safe='')}\n".encode())
    (logs / "trace.zip").write_bytes(_zipped({"a.network": word.encode(), "b.png": b"\x89PNG"}))
    (logs / "sound.zip").write_bytes(sound := _zipped({"a": b"nothing"}))
    (logs / "torn.zip").write_bytes(b"PK\x03\x04" + word.encode())
    (tmp_path / "outside.txt").write_text(word)
    (logs / "link.txt").symlink_to(tmp_path / "outside.txt")
    mask_files(logs, Mask([word]))
    mask_files(tmp_path / "none", Mask([word]))
    found = [path.name for path in logs.rglob("*") if path.is_file() and not path.is_symlink()]
    assert len(found) == 4
    for path in logs.rglob("*"):
        if path.is_file() and not path.is_symlink():
            assert found_in(path.read_bytes(), [word]) == [], path
    assert (logs / "deeper" / "app.log").read_bytes() == "\xff key=***\n".encode()
    with zipfile.ZipFile(logs / "trace.zip") as archive:
        assert archive.read("a.network") == b"***"
        assert archive.read("b.png") == b"\x89PNG"
    assert (logs / "sound.zip").read_bytes() == sound
    assert (tmp_path / "outside.txt").read_text() == word, "a link is not followed"


def test_a_file_that_is_too_large_to_look_at_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(masking, "FILE_BYTES_MAX", 10)
    (tmp_path / "huge.log").write_bytes(b"x" * 11)
    (tmp_path / "small.log").write_bytes(b"x" * 10)
    mask_files(tmp_path, Mask(["a-secret"]))
    assert [path.name for path in tmp_path.iterdir()] == ["small.log"]


def test_a_file_that_cannot_be_written_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "app.log").write_bytes(b"a-secret")

    def refuse(self: Path, content: bytes) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "write_bytes", refuse)
    with pytest.raises(HarnessError, match=r"app\.log may hold secrets of the target file"):
        mask_files(tmp_path, Mask(["a-secret"]))
