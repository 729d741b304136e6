"""Another user signs in: the tab is theirs once its page has noticed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from harness.core.errors import WaitTimeout
from scenarios.common import sign_in
from scenarios.common.sign_in import change_user


class FakeTab:
    """A page that notices who is signed in the ``after``-th time that it is asked."""

    def __init__(self, log: list[str], after: int) -> None:
        self.user = "ann"
        self.contract = SimpleNamespace(owner="owner")
        self.page = self
        self.log = log
        self.left = after

    async def evaluate(self, function: str) -> str:
        self.left -= 1
        return "bob" if self.left <= 0 else "ann"

    async def hide(self) -> None:
        self.log.append("hide")

    async def front(self) -> None:
        self.log.append("front")


def run(log: list[str]) -> Any:
    async def sign(user: str) -> None:
        log.append(f"sign in {user}")

    return SimpleNamespace(visitors=SimpleNamespace(sign_in=sign))


@pytest.mark.asyncio
async def test_the_page_comes_to_the_front_and_is_waited_for() -> None:
    log: list[str] = []
    tab: Any = FakeTab(log, after=3)
    await change_user(run(log), tab, "bob")
    assert log == ["sign in bob", "hide", "front"]
    assert (tab.user, tab.left) == ("bob", 0)


@pytest.mark.asyncio
async def test_a_page_that_does_not_notice_keeps_its_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sign_in, "SUBJECT_S", 0.1)
    tab: Any = FakeTab([], after=10**6)
    with pytest.raises(WaitTimeout, match="who is signed in"):
        await change_user(run([]), tab, "bob")
    assert tab.user == "ann"
