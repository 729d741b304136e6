"""The one door to the files of a stored run: below one directory, regular files only, bounded.

A run directory may come from elsewhere, so its contents are not trusted: a link could lead out of
it, a fifo could make a reader wait for ever, a file could be larger than the memory. A path is
walked from its root part by part without following a link (the root itself may be reached by one,
as ``runs/latest`` is), a file is opened without waiting and looked at before it is read, and what
is written is written beside its place and renamed. ``tests/house`` holds that the ledger and the
reports open files nowhere else.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from harness.core.errors import LedgerDamaged, LedgerUnreadable

MOST_JSON_BYTES = 64 << 20
"""The size of a JSON file that is still read: a plan of ten thousand cells has half of it."""
MOST_BYTES = 4 << 30
"""The size of a witness file that is still read, and the quota of one that is written."""

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_NO_LINK = os.O_NOFOLLOW | os.O_CLOEXEC
_DEEPEST = 64
_DEEPEST_LISTED = 8
_IS_LINK = (errno.ELOOP, errno.ENOTDIR, getattr(errno, "EFTYPE", errno.ELOOP))


def below(root: Path, name: str) -> Path:
    """Return the path of a directory below ``root``, whether or not it exists.

    Raises LedgerDamaged for a name that leads out of it, or through a link.
    """
    with contextlib.suppress(FileNotFoundError), _directory(root, _parts(root, name)):
        pass
    return root / name


def is_there(root: Path, name: str) -> bool:
    """Return whether anything lies at ``name`` below ``root``; a link is there wherever it leads.

    Raises LedgerDamaged for a name that leads out of it, or through a link.
    """
    *parents, last = _parts(root, name) or ["."]
    try:
        with _directory(root, parents) as where:
            os.stat(last, dir_fd=where, follow_symlinks=False)
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


@contextmanager
def opened(root: Path, name: str, *, most_bytes: int = MOST_BYTES) -> Iterator[BinaryIO]:
    """Open a regular file of at most ``most_bytes`` for reading.

    Raises LedgerUnreadable where there is none or it cannot be read, and LedgerDamaged for a link,
    for anything but a regular file, and for one that is larger.
    """
    path = root / name
    *parents, last = _parts(root, name) or ["."]
    try:
        with _directory(root, parents) as where:
            number = os.open(last, os.O_RDONLY | os.O_NONBLOCK | _NO_LINK, dir_fd=where)
    except FileNotFoundError as error:
        raise LedgerUnreadable(f"{path} does not exist", hint="Is this a run directory?") from error
    except OSError as error:
        if error.errno in _IS_LINK:
            raise LedgerDamaged(f"{path} is a link; links of a run are not followed") from error
        raise LedgerUnreadable(f"cannot read {path}: {error.strerror}") from error
    try:
        _refuse_strange(path, os.fstat(number), most_bytes)
    except BaseException:
        os.close(number)
        raise
    with os.fdopen(number, "rb") as file:
        yield file


def read(root: Path, name: str, *, most_bytes: int = MOST_JSON_BYTES) -> bytes:
    """Return the bytes of a regular file. Raises as ``opened`` does."""
    with opened(root, name, most_bytes=most_bytes) as file:
        try:
            found = file.read(most_bytes + 1)
        except OSError as error:
            raise LedgerUnreadable(f"cannot read {root / name}: {error.strerror}") from error
    if len(found) > most_bytes:  # it grew meanwhile
        raise LedgerDamaged(f"{root / name} is larger than {most_bytes} bytes")
    return found


def refuse_strange(root: Path, suffixes: tuple[str, ...]) -> None:
    """Raise LedgerDamaged unless every file of ``root`` whose name ends so is one to read."""
    with _directory(root, []) as where:
        for name in sorted(os.listdir(where)):
            if name.endswith(suffixes):
                found = os.stat(name, dir_fd=where, follow_symlinks=False)
                _refuse_strange(root / name, found, MOST_BYTES)


def unnamed() -> BinaryIO:
    """Open a file without a name for reading and writing: for what does not fit into memory.

    It lies where temporary files do (``TMPDIR``) and is gone when it is closed, or when the process
    ends, however that happens. Raises OSError.
    """
    return cast(BinaryIO, tempfile.TemporaryFile())


def create(root: Path, name: str) -> BinaryIO:
    """Open a file for writing, unbuffered; what lay there is emptied. Raises OSError."""
    with _directory(root, []) as where:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NONBLOCK | _NO_LINK
        return os.fdopen(os.open(name, flags, 0o666, dir_fd=where), "wb", buffering=0)


def write(root: Path, name: str, content: str | bytes) -> None:
    """Write a file in one step, text as UTF-8: a reader sees the old file or the new one, no half.

    The directories on its way are made. What lay in its place, a link too, is replaced and not
    followed. Raises OSError, and LedgerDamaged for a name that leads out of ``root``.
    """
    *parents, last = _parts(root, name)
    with _directory(root, parents, make=True) as where:
        beside = f".{last[:100]}.{secrets.token_hex(8)}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_LINK
        number = os.open(beside, flags, 0o666, dir_fd=where)
        try:
            with os.fdopen(number, "wb") as file:
                file.write(content.encode() if isinstance(content, str) else content)
            os.rename(beside, last, src_dir_fd=where, dst_dir_fd=where)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(beside, dir_fd=where)
            raise


def remove(root: Path, name: str) -> None:
    """Remove a file, if there is one; of a link, the link. Raises as ``write`` does."""
    *parents, last = _parts(root, name)
    with contextlib.suppress(FileNotFoundError), _directory(root, parents) as where:
        os.unlink(last, dir_fd=where)


def files_below(root: Path, name: str, *, most: int) -> list[tuple[str, int]]:
    """Return the regular files below a directory: path relative to it, and bytes; sorted.

    Links and hidden files are left out, and so is what follows after ``most`` files or lies deeper
    than eight folders. Raises OSError, and LedgerDamaged for a name that leads out of ``root``.
    """
    found: list[tuple[str, int]] = []
    seen = 0
    with _directory(root, _parts(root, name)) as start:
        for place, folders, files, where in os.fwalk(dir_fd=start, follow_symlinks=False):
            folders.sort()
            if len(PurePosixPath(place).parts) >= _DEEPEST_LISTED:
                folders.clear()
            for file in sorted(files):
                seen += 1
                if seen > most:
                    return sorted(found)
                status = os.stat(file, dir_fd=where, follow_symlinks=False)
                if stat.S_ISREG(status.st_mode) and not file.startswith("."):
                    found.append((PurePosixPath(place, file).as_posix(), status.st_size))
    return sorted(found)


def names(root: Path, name: str) -> list[str]:
    """Return the names of all that lies in a directory, sorted, but hidden ones; none without it.

    Raises LedgerDamaged for a name that leads out of ``root`` or through a link, OSError.
    """
    try:
        with _directory(root, _parts(root, name)) as where:
            return sorted(one for one in os.listdir(where) if not one.startswith("."))
    except FileNotFoundError:
        return []


def folders(root: Path) -> list[str]:
    """Return the names of the directories in ``root``, sorted, but hidden ones; no link is one.

    Raises LedgerUnreadable when it cannot be listed.
    """
    try:
        with os.scandir(root) as found:
            names = [one.name for one in found if one.is_dir(follow_symlinks=False)]
    except OSError as error:
        raise LedgerUnreadable(f"cannot list {root}: {error.strerror}") from error
    return sorted(name for name in names if not name.startswith("."))


def _parts(root: Path, name: str) -> list[str]:
    """Return the parts of a relative name. Raises LedgerDamaged for one that leads elsewhere."""
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if name.startswith("/") or ".." in parts or "\0" in name or len(parts) > _DEEPEST:
        raise LedgerDamaged(f"{name!r} leads out of {root}: a run's files lie below it")
    return parts


@contextmanager
def _directory(root: Path, parts: list[str], *, make: bool = False) -> Iterator[int]:
    """Yield a descriptor of a directory below ``root``, which no link led to."""
    number = os.open(root, _DIRECTORY)
    try:
        way = root
        for part in parts:
            way /= part
            if make:
                with contextlib.suppress(FileExistsError):
                    os.mkdir(part, dir_fd=number)
            try:
                inner = os.open(part, _DIRECTORY | _NO_LINK, dir_fd=number)
            except OSError as error:
                if error.errno in _IS_LINK:
                    raise LedgerDamaged(f"{way} is no directory; links are not followed") from error
                raise
            os.close(number)
            number = inner
        yield number
    finally:
        os.close(number)


def _refuse_strange(path: Path, status: os.stat_result, most_bytes: int) -> None:
    if stat.S_ISLNK(status.st_mode):
        raise LedgerDamaged(f"{path} is a link; links of a run are not followed")
    if not stat.S_ISREG(status.st_mode):
        raise LedgerDamaged(f"{path} is not a regular file")
    if status.st_size > most_bytes:
        raise LedgerDamaged(f"{path} is larger than {most_bytes} bytes")
