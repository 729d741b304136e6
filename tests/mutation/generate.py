"""Making the mutants: mutmut writes them and their trampolines beside each function of a module."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from tests.mutation.functions import undecorated

_SEPARATOR = "ǁ"  # mutmut's, between a class and its method
_GENERATED = re.compile(r"x[_ǁ](?P<name>.+)__mutmut_(?:orig|\d+)$")


@dataclass(frozen=True, slots=True)
class Mutated:
    """A mutated module's text, and the source of every mutant and original in it, by name."""

    text: str
    sources: dict[str, str]

    def original(self, mutant: str) -> str:
        """Return the source of the function that a mutant is made of."""
        return self.sources[f"{mutant.partition('__mutmut_')[0]}__mutmut_orig"]

    def mutants(self) -> list[str]:
        """Return the names of the mutants in mutmut's order."""
        return [name for name in self.sources if not name.endswith("_orig")]


def mutated(module: str, source: str) -> Mutated:
    """Return the module with all of its mutants.

    ``module`` is its path. Mutmut reads its configuration from the working folder.
    """
    from mutmut.mutation.file_mutation import mutate_file_contents

    made = mutate_file_contents(module, undecorated(source))
    lines = made.code.splitlines()
    sources = {
        name: "\n".join(lines[span.start - 1 : span.end]).replace(
            name, unmangled(name).rpartition(".")[2]
        )
        for name, span in made.line_span_by_function_name.items()
    }
    return Mutated(made.code, sources)


def mangled(function: str) -> str:
    """Return mutmut's name of a function: ``x_name`` or ``xǁClassǁname``."""
    owner, _, name = function.rpartition(".")
    return f"x{_SEPARATOR}{owner}{_SEPARATOR}{name}" if owner else f"x_{name}"


def unmangled(name: str) -> str:
    """Return the qualified name of the function that a generated one is a copy of."""
    found = _GENERATED.search(name)
    assert found, f"{name} is no name that mutmut gives"
    return found["name"].replace(_SEPARATOR, ".")


def lay_out(root: Path, place: Path, module: str, text: str) -> None:
    """Make a tree of links in which only this module is a file of its own."""
    (place / module).parent.mkdir(parents=True)
    (place / module).write_text(text, encoding="utf-8")
    for folder in Path(module).parents:
        for path in (root / folder).iterdir():
            link = place / folder / path.name
            if not link.exists() and _is_wanted(path):
                link.symlink_to(path)


def _is_wanted(path: Path) -> bool:
    """Return whether tests may need it; caches and whatever lies in build/ they do not."""
    if path.name.startswith(".") or path.name in ("__pycache__", "build", "pyproject.toml", "runs"):
        return False
    return path.is_file() or (path / "__init__.py").exists() or path.name == "docs"
