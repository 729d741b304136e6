"""What is kept of a browser for whoever looks into a red cell; what would disturb is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.browsers.base import BrowserLost, Can
from harness.browsers.evidence import DIRECTORY, MOST_SCREENSHOTS, keep_evidence, picture_of

pytestmark = pytest.mark.asyncio


class Shown:
    """A page that can be looked at, unless it is hidden or lost."""

    def __init__(self, *, hidden: bool = False, lost: bool = False) -> None:
        self._hidden, self._lost = hidden, lost
        self.looks = 0

    async def evaluate(self, function: str) -> bool:
        if self._lost:
            raise BrowserLost("it is gone")
        return self._hidden

    async def screenshot(self) -> bytes:
        self.looks += 1
        return b"\x89PNG of an open page"


class Talks:
    """A browser with a console and a trace."""

    can = frozenset({Can.TRACE})

    async def console(self) -> list[str]:
        return ["warning: impression_flush"]

    async def stop_trace(self, path: str | None) -> None:
        assert path is not None
        Path(path).write_bytes(b"PK")


async def test_a_hidden_page_and_a_lost_one_have_no_picture() -> None:
    hidden = Shown(hidden=True)
    assert await picture_of(hidden) is None
    assert hidden.looks == 0
    assert await picture_of(Shown(lost=True)) is None
    assert await picture_of(Shown()) == b"\x89PNG of an open page"


async def test_pictures_of_closed_tabs_come_first_and_there_are_not_too_many(
    tmp_path: Path,
) -> None:
    pages = [Shown(hidden=True), Shown(), Shown(), Shown()]
    await keep_evidence(tmp_path, Talks(), pages, [b"\x89PNG of a closed tab"])
    where = tmp_path / DIRECTORY
    names = [f"screenshot-{n}.png" for n in range(1, MOST_SCREENSHOTS + 1)]
    found = sorted(path.name for path in where.iterdir())
    assert found == ["console.txt", *names[:2], "trace.zip"]
    assert (where / names[0]).read_bytes() == b"\x89PNG of a closed tab"
    assert (where / names[1]).read_bytes() == b"\x89PNG of an open page"
    assert (where / "console.txt").read_text() == "warning: impression_flush\n"


async def test_a_browser_that_is_gone_costs_nothing_but_its_evidence(tmp_path: Path) -> None:
    class Gone(Talks):
        async def console(self) -> list[str]:
            raise BrowserLost("it is gone")

    await keep_evidence(tmp_path, Gone(), [Shown(lost=True)])
    assert list((tmp_path / DIRECTORY).iterdir()) == []
