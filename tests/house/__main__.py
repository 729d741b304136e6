"""Rewrite the allow-lists to what the tree needs today; never lengthen one."""

from __future__ import annotations

import sys

from tests import ROOT
from tests.house.doors import opened_elsewhere, printed_elsewhere
from tests.house.shape import mirror_gaps
from tests.house.tree import allowed, list_file
from tests.house.words import avoided_words, doubled_classes

RATCHETS = {
    "mirror": mirror_gaps,
    "class_names": doubled_classes,
    "words": avoided_words,
    "opens": opened_elsewhere,
    "prints": printed_elsewhere,
}


def tighten() -> int:
    """Write every list that got shorter, or whose entries moved; return the exit code."""
    grew = False
    for name, find in RATCHETS.items():
        before, now = allowed(ROOT, name), find(ROOT)
        if sum(now.values()) > sum(before.values()):
            print(f"{name}: {sum(before.values())} are allowed, {sum(now.values())} needed")
            new = sorted(e for e, count in now.items() if count > before.get(e, 0))
            print("\n".join(f"  {entry}" for entry in new))
            grew = True
            continue
        path = list_file(ROOT, name)
        head = [line for line in path.read_text(encoding="utf-8").splitlines() if line[:1] == "#"]
        lines = [entry if n == 1 else f"{entry}: {n}" for entry, n in sorted(now.items())]
        path.write_text("\n".join([*head, *lines]) + "\n", encoding="utf-8")
    return int(grew)


if __name__ == "__main__":
    sys.exit(tighten())
