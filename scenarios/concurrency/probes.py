"""Scripts with which pages tell what the recorder does not: locks asked for, storage cleared."""

from __future__ import annotations

LOCKS = "locks asked for"
"""The question under which the answer is written down, for the check ``queue_contended``."""

WATCH_LOCKS = """(() => {
  const asked = [], woke = [];
  const at = () => performance.timeOrigin + performance.now();
  if (navigator.locks) {
    const request = LockManager.prototype.request;
    LockManager.prototype.request = function (name, ...rest) {
      const action = rest.pop(), one = [name, false, at()];
      asked.push(one);
      return request.call(this, name, ...rest, (lock) => {
        one[1] = lock !== null;
        return action(lock);
      });
    };
  }
  document.addEventListener("resume", () => woke.push(at()));
  window.locksAskedFor = () => ({ asked, woke });
})();"""
"""Runs before any script of the page. Of a lock that is never given it says *not granted*."""

LOCKS_ASKED_FOR = "() => window.locksAskedFor && window.locksAskedFor()"
"""Lock, whether it was granted, when (ms): for each request; and when the page was woken up."""

LEAVE_MARK = """() => new Promise((resolve, reject) => {
  const request = indexedDB.open("mark", 1);
  request.onsuccess = () => { request.result.close(); resolve(true); };
  request.onerror = () => reject(request.error);
})"""
"""Leaves an empty database at the origin, which only its user would remove."""

MARK_IS_GONE = """async () =>
  !(await indexedDB.databases()).some(({ name }) => name === "mark")"""
