"""Reads the file of experiments: strict, and one line about the first mistake.

What it means is in docs/experiments.md, with an example.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from servers.ingest.experiments.definition import (
    EXPERIMENTS_MAX,
    ROADMAP_TIERS,
    ServedExperiment,
    ServedExperiments,
    ServedVariant,
)
from servers.ingest.experiments.options import Option, problem_of

FILE_BYTES_MAX = 256 * 1024
VARIANTS_MAX = 10
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_TIER = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_Salt = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
_Share = Annotated[float, msgspec.Meta(gt=0, le=1_000_000)]


class ExperimentsError(ValueError):
    """A file of experiments that cannot be used; its text is one line."""


class _Variant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    share: _Share
    options: dict[str, Option]


class _Experiment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    salt: _Salt
    variants: dict[str, _Variant]


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: Literal[1]
    tiers: dict[str, dict[str, Option]] | None = None
    experiments: dict[str, _Experiment] = {}


def read_experiments(path: Path) -> ServedExperiments:
    """Return what the file says; raise ExperimentsError that names file and place."""
    try:
        with path.open("rb") as file:
            text = file.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        raise ExperimentsError(f"{path}: {error.strerror or 'it cannot be read'}") from None
    if len(text) > FILE_BYTES_MAX:
        raise ExperimentsError(f"{path}: larger than {FILE_BYTES_MAX} bytes")
    try:
        content = msgspec.toml.decode(text, type=_File)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ExperimentsError(f"{path}: {' '.join(str(error).split())}") from None
    problem = _problem_of(content)
    if problem is not None:
        raise ExperimentsError(f"{path}: {problem}")
    return ServedExperiments(
        tiers=ROADMAP_TIERS if content.tiers is None else content.tiers,
        experiments={name: _experiment(one) for name, one in content.experiments.items()},
    )


def _experiment(one: _Experiment) -> ServedExperiment:
    variants = {
        name: ServedVariant(share=variant.share, options=variant.options)
        for name, variant in one.variants.items()
    }
    return ServedExperiment(salt=one.salt, variants=variants)


def _problem_of(content: _File) -> str | None:
    for tier, options in (content.tiers or {}).items():
        if not _TIER.fullmatch(tier):
            return f"tiers.{tier!r}: a tier has 1 to 32 of a-z, 0-9, _ and -"
        if (wrong := problem_of(options)) is not None:
            return f"tiers.{tier}: {wrong}"
    if len(content.experiments) > EXPERIMENTS_MAX:
        return f"{len(content.experiments)} experiments; the limit is {EXPERIMENTS_MAX}"
    salts: dict[str, str] = {}
    setters: dict[str, str] = {}
    for name, one in content.experiments.items():
        if not _NAME.fullmatch(name):
            return f"experiments.{name!r}: an id has 1 to 64 of A-Z, a-z, 0-9, _ and -"
        if (wrong := _problem_of_variants(one)) is not None:
            return f"experiments.{name}: {wrong}"
        if one.salt in salts:
            return f"experiments.{name}: the salt is that of {salts[one.salt]}; each has its own"
        salts[one.salt] = name
        for option in next(iter(one.variants.values())).options:
            if option in setters:
                return f"experiments.{name}: {option} is set by {setters[option]} too"
            setters[option] = name
    return None


def _problem_of_variants(one: _Experiment) -> str | None:
    if not 2 <= len(one.variants) <= VARIANTS_MAX:
        return f"{len(one.variants)} variants; there are 2 to {VARIANTS_MAX}"
    first, *_ = one.variants
    for name, variant in one.variants.items():
        if not _NAME.fullmatch(name):
            return f"variant {name!r}: a name has 1 to 64 of A-Z, a-z, 0-9, _ and -"
        if (wrong := problem_of(variant.options)) is not None:
            return f"variant {name}: {wrong}"
        if not variant.options:
            return f"variant {name}: it sets no option"
        # A page where one of them is overridden counts for no variant then, not for some.
        if set(variant.options) != set(one.variants[first].options):
            return f"variant {name}: it sets other options than {first}"
    return None
