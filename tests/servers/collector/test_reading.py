"""The child that reads: many at a time, a broken answer, and a child that is gone."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from servers.collector.reading import Reader, ReaderEnded

NODE = shutil.which("node") or ""
pytestmark = pytest.mark.skipif(not NODE, reason="node is not on PATH")

ADAPTER = """
export const client = {};
export const start = () => {};
export function read({ body, path, query, headers }) {
  if (body === "die") process.exit(3);
  const view = { artwork: body, user: query.user, tab: path, number: headers["X-Number"] };
  return [{ view, event: "" }];
}
export const answer = (views) => ({ status: BAD ? "no" : 200, body: { views } });
"""


def adapter(directory: Path, *, bad: bool = False) -> Path:
    path = directory / "adapter.mjs"
    path.write_text(ADAPTER.replace("BAD", "true" if bad else "false"))
    return path


@pytest.mark.asyncio
async def test_requests_that_overlap_get_their_own_views(tmp_path: Path) -> None:
    async with Reader(NODE, adapter(tmp_path)) as reader:
        found = await asyncio.gather(
            *(
                reader.read("/t", {"user": "ann"}, {"X-Number": str(n)}, f"a-{n}".encode())
                for n in range(20)
            )
        )
    assert [one.views[0].artwork for one in found] == [f"a-{n}" for n in range(20)]
    assert {one.views[0].event for one in found} == {None}  # an empty id is none
    assert found[0].answer is not None
    assert found[0].answer.body == {"views": 1}


@pytest.mark.asyncio
async def test_an_answer_that_cannot_be_one_is_a_problem(tmp_path: Path) -> None:
    async with Reader(NODE, adapter(tmp_path, bad=True)) as reader:
        found = await reader.read("/t", {"user": "ann"}, {"X-Number": "1"}, b"a")
    assert "the adapter's answer is not usable" in found.problem
    assert found.answer is None


@pytest.mark.asyncio
async def test_a_child_that_ends_fails_its_request_and_the_next(tmp_path: Path) -> None:
    async with Reader(NODE, adapter(tmp_path)) as reader:
        for _ in range(2):
            with pytest.raises(ReaderEnded):
                await reader.read("/t", {}, {}, b"die")
