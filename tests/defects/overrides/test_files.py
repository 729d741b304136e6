"""Files that are spoiled after the run: only where the defect is on, and only after its end."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from defects.base import Switch
from defects.overrides.files import RECEIPTS, kept_receipts, spoiled_after_the_run

SETTLE, END = "harness.run.quiescence:Quiescence.settle", "harness.run.run:end_run"


async def ended(overrides: Any, directory: Path, *, is_on: bool) -> list[str]:
    """Let a run settle and end; return what happened to its directory, in order."""
    happened: list[str] = []
    switch = cast(Switch, SimpleNamespace(memory={}, reached=lambda: is_on))

    async def settle(quiescence: Any) -> None:
        happened.append("settled")

    await overrides[SETTLE](switch, settle, None)
    overrides[END](switch, lambda directory: happened.append("ended"), directory)
    return happened


@pytest.mark.asyncio
async def test_a_directory_is_spoiled_when_its_run_has_ended(tmp_path: Path) -> None:
    spoiled: list[Path] = []
    overrides = spoiled_after_the_run(spoiled.append)
    assert await ended(overrides, tmp_path, is_on=True) == ["settled", "ended"]
    assert spoiled == [tmp_path]


@pytest.mark.asyncio
@pytest.mark.parametrize(("is_on", "left"), [(True, b"a\n"), (False, b"a\nb\n")])
async def test_receipts_of_a_twin_are_left_alone(tmp_path: Path, is_on: bool, left: bytes) -> None:
    (tmp_path / RECEIPTS).write_bytes(b"a\nb\n")
    await ended(kept_receipts(lambda lines: lines[:1]), tmp_path, is_on=is_on)
    assert (tmp_path / RECEIPTS).read_bytes() == left
