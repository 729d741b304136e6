"""A script that counts which event handlers a page has, so that a leak shows."""

from __future__ import annotations

HANDLERS = "live handlers"
"""The question under which the count is written down, for the check ``handlers_once``."""

COUNT_HANDLERS = """(() => {
  const live = [];
  const add = EventTarget.prototype.addEventListener;
  const remove = EventTarget.prototype.removeEventListener;
  const captureOf = (how) => (typeof how === "object" && how ? Boolean(how.capture) : Boolean(how));
  const drop = (one) => { const at = live.indexOf(one); if (at >= 0) live.splice(at, 1); };
  const find = (target, type, handler, capture) => live.find((one) => one.target === target &&
    one.type === type && one.handler === handler && one.capture === capture);
  EventTarget.prototype.addEventListener = function (type, handler, how) {
    const target = this ?? window, capture = captureOf(how);
    if (handler && !how?.signal?.aborted && !find(target, type, handler, capture)) {
      const one = { target, type, handler, capture };
      live.push(one);
      if (how?.once) add.call(target, type, () => drop(one), { once: true, capture });
      if (how?.signal) add.call(how.signal, "abort", () => drop(one), { once: true });
    }
    return add.call(target, type, handler, how);
  };
  EventTarget.prototype.removeEventListener = function (type, handler, how) {
    const target = this ?? window, one = find(target, type, handler, captureOf(how));
    if (one) drop(one);
    return remove.call(target, type, handler, how);
  };
  window.liveHandlers = (type) => live.filter((one) => one.type === type &&
    (one.target === window || one.target === document)).map((one) => String(one.handler));
})();"""
"""Runs before any script of the page; a handler that went by ``once`` or ``signal`` is gone."""

LIVE_HANDLERS = """() => window.liveHandlers && Object.fromEntries(
  ["pagehide", "visibilitychange"].map((type) => {
    const texts = window.liveHandlers(type);
    const same = (text) => texts.filter((other) => other === text).length;
    return [type, {count: texts.length, same: Math.max(0, ...texts.map(same))}];
  }))"""
"""Event → how many handlers there are, and how many of them are the same function text."""
