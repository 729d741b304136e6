"""Every defect by its id. A module of a layer's folders holds one, ``DEFECT``."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import MappingProxyType

from defects.base import LAYERS, Defect, Layer
from harness.core.errors import UsageError

_HERE = Path(__file__).parent


def find(name: str) -> Defect:
    """Return a defect by its id; no other is imported. Raises UsageError that names the nearest."""
    places = _places()
    if name not in places:
        close = difflib.get_close_matches(name, places, n=1)
        hint = "`harness selftest --list` shows all"
        raise UsageError(
            f"there is no defect {name!r}",
            hint=f"Did you mean {close[0]!r}? {hint}" if close else hint,
        )
    return _load(places[name])


def all_defects() -> Mapping[str, Defect]:
    """Return every defect by its id, in the order of layers and names."""
    return MappingProxyType({name: _load(place) for name, place in _places().items()})


def module_of(name: str) -> Path | None:
    """Return the file of the module that holds a defect; None where no defect has this id."""
    place = _places().get(name)
    return None if place is None else _HERE / place


@cache
def _places() -> dict[str, Path]:
    """Return id → module file below this folder. Raises ValueError where two share a name."""
    found: dict[str, Path] = {}
    for layer in LAYERS:
        for path in sorted((_HERE / layer).rglob("*.py"), key=lambda one: one.stem):
            if path.stem.startswith("_"):
                continue
            place = path.relative_to(_HERE)
            if other := found.get(path.stem):
                raise ValueError(f"two defects are named {path.stem}, in {other} and {place}")
            found[path.stem] = place
    return found


@cache
def _load(place: Path) -> Defect:
    """Return the defect of a module. Raises ValueError for a module that holds none."""
    name = ".".join(("defects", *place.with_suffix("").parts))
    defect = getattr(importlib.import_module(name), "DEFECT", None)
    if not isinstance(defect, Defect):
        raise ValueError(f"{name} holds no defect: it needs DEFECT = ServerDefect(…), or another")
    layer: Layer = next(one for one in LAYERS if one == place.parts[0])
    return replace(defect, id=place.stem, layer=layer)
