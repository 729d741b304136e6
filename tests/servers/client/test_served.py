"""Options from the server: applied when they can be, and never at an impression's cost."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import pytest
from playwright.async_api import BrowserContext

from tests.servers.client.conftest import OpenDisplay
from tests.servers.client.display import HEIR, Display
from tests.servers.client.double import Answer, Target

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

SLOW = 60_000
DEFAULTS = {"flushDelayMs": 2000, "maxBatchSize": 200, "fullJitter": True}
_CONFIGURE = """async ([texts, answer, subject]) => {
    const { configurationOf } = await import("/client/served.js");
    const { options, experiments } = configurationOf(Object.entries(texts), answer, subject);
    const { flushDelayMs, maxBatchSize, fullJitter, endpoint, trustBeacon } = options;
    return [{ flushDelayMs, maxBatchSize, fullJitter }, experiments, endpoint, trustBeacon];
}"""


def answer(**fields: Any) -> dict[str, Any]:
    return {"userId": "visitor", "tier": None, "options": {}, "experiments": {}, **fields}


def variant(name: str = "fast", **options: Any) -> dict[str, Any]:
    return {"variant": name, "options": options}


def served(target: Target, **fields: Any) -> None:
    target.config = Answer(text=json.dumps(answer(**fields)))


def named(target: Target) -> list[Any]:
    return [request.body.get("experiments") for request in target.requests]


async def test_a_page_that_does_not_ask_is_as_it_was(
    open_display: OpenDisplay, target: Target
) -> None:
    served(target, experiments={"flush": variant(flushDelayMs=SLOW)})
    display = await open_display(flushDelayMs=20)
    await display.show("a")
    await display.until_drained()
    assert (target.config_asked, named(target)) == (0, [None])
    assert "experiments" not in target.requests[0].body


async def test_the_first_batch_alone_names_the_variants_in_use(
    open_display: OpenDisplay, target: Target
) -> None:
    served(target, options={"flushDelayMs": SLOW}, experiments={"size": variant(maxBatchSize=2)})
    display = await open_display(config="server")
    await display.record(["a", "b", "c", "d"])
    await display.until_drained()
    assert [request.ids for request in target.requests] == [["a", "b"], ["c", "d"]]
    assert named(target) == [{"size": "fast"}, None]


async def test_every_attempt_of_that_batch_names_them_an_heirs_too(
    open_display: OpenDisplay, target: Target
) -> None:
    served(target, experiments={"flush": variant(flushDelayMs=SLOW)})
    gone = await open_display(config="server", script="navigator.sendBeacon = () => false")
    await gone.show("a")
    await gone.page.close()
    heir = await open_display(view="blank", **HEIR)
    await heir.until_event("acknowledged")
    assert target.arrived == {"a"}
    assert named(target)[-1] == {"flush": "fast"}


async def test_what_another_user_sees_in_this_tab_exposes_no_user(
    open_display: OpenDisplay, target: Target
) -> None:
    served(target, experiments={"flush": variant(flushDelayMs=50)})
    display = await open_display(config="server")
    target.user = "somebody else"
    await display.page.evaluate("impressions.recorder.setSubject('somebody else')")
    await display.show("a")
    await display.until_drained()
    assert named(target) == [None]


NONSENSE: Mapping[str, Answer] = {
    "down": Answer(status=503),
    "forbidden": Answer(status=403, text="{}"),
    "no json": Answer(text="<!doctype html>"),
    "cut": Answer(cut=True),
    "huge": Answer(text=json.dumps(answer(options={"flushDelayMs": 50}, more="x" * 40_000))),
    "a list": Answer(text="[1]"),
    "null": Answer(text="null"),
    "empty": Answer(text=""),
    "of another user": Answer(text=json.dumps(answer(userId="x", options={"maxBatchSize": 1}))),
    "fields of other types": Answer(
        text=json.dumps(answer(options="x", experiments=[variant(maxBatchSize=1)]))
    ),
}


@pytest.mark.parametrize("kind", NONSENSE)
async def test_an_answer_that_is_of_no_use_costs_no_impression(
    open_display: OpenDisplay, target: Target, kind: str
) -> None:
    target.config = NONSENSE[kind]
    display = await open_display(config="server")
    await display.show("a", "b")
    await display.page.evaluate("impressions.recorder.flush()")
    await display.until_drained()
    assert target.config_asked == 1
    assert target.arrived == {"a", "b"}
    assert set(map(str, named(target))) == {"None"}


async def test_a_slow_answer_is_not_waited_for(open_display: OpenDisplay, target: Target) -> None:
    gate = asyncio.Event()
    target.config = Answer(gate=gate, text=json.dumps(answer(options={"flushDelayMs": SLOW})))
    display = await open_display(config="server", ready=False)
    warnings: list[str] = []
    display.page.on("console", lambda message: warnings.append(message.text))
    await display.show("a")  # it waits for the recorder, which is made after a second
    await display.until_event("acknowledged")
    assert target.arrived == {"a"}
    gate.set()


async def configure(display: Display, texts: dict[str, str], given: object) -> tuple[Any, ...]:
    return tuple(await display.page.evaluate(_CONFIGURE, [texts, given, "visitor"]))


async def test_the_order_of_what_sets_an_option(open_display: OpenDisplay) -> None:
    """Preset, tier, variant, query; and what the query overrides is not exposed."""
    display = await open_display()
    tier = answer(options={"flushDelayMs": 5000})
    both = {**tier, "experiments": {"flush": variant(flushDelayMs=1000, maxBatchSize=9)}}
    assert (await configure(display, {}, None))[:2] == (DEFAULTS, {})
    assert (await configure(display, {}, tier))[0] == {**DEFAULTS, "flushDelayMs": 5000}
    wanted = {**DEFAULTS, "flushDelayMs": 1000, "maxBatchSize": 9}
    assert (await configure(display, {}, both))[:2] == (wanted, {"flush": "fast"})
    overridden = await configure(display, {"maxBatchSize": "7"}, both)
    assert overridden[:2] == ({**DEFAULTS, "flushDelayMs": 5000, "maxBatchSize": 7}, {})


async def test_options_that_do_not_exist_or_fit_are_ignored_with_a_line(
    open_display: OpenDisplay,
) -> None:
    display = await open_display()
    lines: list[str] = []
    display.page.on("console", lambda message: lines.append(message.text))
    hostile = {"endpoint": "https://evil.example/", "trustBeacon": True, "__proto__": 1}
    out_of_bounds = {"flushDelayMs": 1e12, "maxBatchSize": 0.5, "fullJitter": "no"}
    given = answer(
        options={**hostile, **out_of_bounds},
        experiments={
            "partly": variant(maxBatchSize=9, endpoint="/x"),
            "empty": variant(),
            "bad name": variant(maxBatchSize=9),
            "__proto__": variant(maxBatchSize=9),
            "no variant": {"options": {"maxBatchSize": 9}},
            "flush": variant(flushDelayMs=1000),
            "again": variant("slow", flushDelayMs=3000),
        },
    )
    options, experiments, endpoint, trust = await configure(display, {}, given)
    assert options == {**DEFAULTS, "flushDelayMs": 1000}
    assert experiments == {"flush": "fast"}
    assert (endpoint, trust) == ("/api/artworks/batch-impressions", False)
    ignored = [line for line in lines if "recorder_config_ignored" in line]
    assert len(ignored) >= 9


async def test_another_value_of_config_is_an_error(
    context: BrowserContext, open_display: OpenDisplay
) -> None:
    display = await open_display(ready=False, config="sever")
    problem = await display.page.evaluate("impressions.ready.then(() => '', String)")
    assert problem == 'RangeError: config: "sever" is not server'
