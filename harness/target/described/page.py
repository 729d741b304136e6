"""The page of a described system: its address, and the scripts that make a view there."""

from __future__ import annotations

import json
from collections.abc import Sequence
from urllib.parse import parse_qsl

from harness.target.described.form import PageTable, TelemetryTable
from harness.target.described.template import filled
from harness.target.page import NOTHING, PageContract

NO_PAGE = PageContract(
    path="/", is_up="() => false", ready="() => {}", tab_id="() => ''", show="() => {}"
)

_TAB_ID = "() => (window.__harnessTab ??= Math.random().toString(16).slice(2).padEnd(13, '0'))"
"""An id of this load of the page; one from the back/forward cache keeps it."""

_IS_UP = """() => {
  if (document.readyState !== "complete") return false;
  try { return Boolean((__READY__)()); } catch { return false; }
}"""

_SHOW = """async (ids) => {
  const pause = (ms) => new Promise((go) => setTimeout(go, ms));
  const until = async (what, isSo) => {
    for (let tries = 0; !isSo(); tries += 1) {
      if (tries === __TRIES__) throw new Error(what);
      await pause(50);
    }
  };
  const onScreen = (element) => new Promise((go) => {
    // After the page's own observers, which were there before: these are called in their order.
    const observer = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) { observer.disconnect(); go(); }
    });
    observer.observe(element);
  });
  const nextFrame = () => new Promise((go) => requestAnimationFrame(() => setTimeout(go)));
  for (const id of ids) {
    const selector = __SELECTOR__.replaceAll("{id}", CSS.escape(id));
    await until("the page is hidden: nothing can be seen there", () => !document.hidden);
    await until(`nothing on the page matches ${selector}`, () => document.querySelector(selector));
    const element = document.querySelector(selector);
    element.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
    await onScreen(element);
    __CLICK__
    await nextFrame();
    await nextFrame();
    await pause(__DWELL_MS__);
  }
}"""
_TRIES = 100
"""How often the page is looked at, every 50 ms, until what is to be seen is there."""

_ON_SCREEN = """(ids) => ids.filter((id) => {
  const selector = __SELECTOR__.replaceAll("{id}", CSS.escape(id));
  return [...document.querySelectorAll(selector)].some((element) => {
    const box = element.getBoundingClientRect();
    return box.width > 0 && box.height > 0 && box.bottom > 0 && box.right > 0
      && box.top < innerHeight && box.left < innerWidth;
  });
})"""

_SCRIPT = """async (ids) => {
  await (__SCRIPT__)(ids);
  await new Promise((go) => setTimeout(go, __DWELL_MS__));
}"""


def page_of(
    table: PageTable, telemetry: TelemetryTable, *, base_path: str, pool: Sequence[str]
) -> PageContract:
    """Return the contract of a page; ``pool`` are the ids that a visit may show."""
    path, _, query = table.path.partition("?")
    values = {"pool": ",".join(pool)}
    return PageContract(
        path=base_path + path,
        query={name: str(filled(text, values)) for name, text in parse_qsl(query)},
        is_up=_IS_UP.replace("__READY__", table.ready or "() => true"),
        ready="() => {}",
        tab_id=_TAB_ID,
        show=_show(table),
        on_screen=_on_screen(table),
        pending=telemetry.pending or NOTHING,
        flush=telemetry.flush,
        owner=telemetry.owner,
        is_seen_in_front=True,
        must_prove_itself=True,
    )


def _show(table: PageTable) -> str:
    dwell_ms = f"{table.dwell_ms:g}"
    if table.script is not None:
        return _SCRIPT.replace("__SCRIPT__", table.script).replace("__DWELL_MS__", dwell_ms)
    selector = table.scroll if table.scroll is not None else table.click
    return (
        _SHOW.replace("__SELECTOR__", json.dumps(selector))
        .replace("__TRIES__", str(_TRIES))
        .replace("__CLICK__", "" if table.click is None else "element.click();")
        .replace("__DWELL_MS__", dwell_ms)
    )


def _on_screen(table: PageTable) -> str:
    """Return the script of what is on the screen, empty where it is not known: what is clicked
    need not be what is then seen, and a script's own artworks are its own affair."""
    if table.scroll is None:
        return ""
    return _ON_SCREEN.replace("__SELECTOR__", json.dumps(table.scroll))
