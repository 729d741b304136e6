"""What makes artworks: a protocol, and a generator that draws simple pictures from a seed."""

from __future__ import annotations

import importlib
import random  # noqa: TID251 - the server is apart; its pictures are seeded
import time
from collections.abc import Sequence
from typing import NamedTuple, Protocol

_SIZE = 400


class PoolJob(NamedTuple):
    """One job, as a worker took it. ``attempt`` counts from 1 how often it was taken."""

    id: int
    user: str
    level: str
    epoch: int
    artworks: int
    urgent: bool
    attempt: int


class NewArtwork(NamedTuple):
    """One artwork for the pool; ``picture`` is an SVG document."""

    id: str
    title: str
    picture: str


class ArtworkGenerator(Protocol):
    """Makes the artworks of a job, outside of any transaction, and however long it takes."""

    def make(self, job: PoolJob) -> Sequence[NewArtwork]:
        """Return ``job.artworks`` new artworks, their ids used by no other attempt.

        Whatever it raises fails the attempt.
        """


class SvgGenerator:
    """Draws discs; the same seed, job and attempt give the same pictures.

    An artwork takes ``artwork_s`` seconds, as it would with a model behind it.
    """

    def __init__(self, seed: int = 1, artwork_s: float = 0.0) -> None:
        self._seed = seed
        self._artwork_s = artwork_s

    def make(self, job: PoolJob) -> Sequence[NewArtwork]:
        """Return the artworks of a job."""
        made = []
        for number in range(1, job.artworks + 1):
            if self._artwork_s:
                time.sleep(self._artwork_s)  # noqa: TID251 - it stands for a model's work
            name = f"made-{job.id}-{job.attempt}-{number:03}"
            chance = random.Random(f"{self._seed}:{name}")
            made.append(NewArtwork(name, f"Disc study {job.id}.{number}", _picture(chance)))
        return made


def _picture(chance: random.Random) -> str:
    hue = chance.randrange(360)
    discs = "".join(
        f'<circle cx="{chance.randrange(_SIZE)}" cy="{chance.randrange(_SIZE)}" '
        f'r="{chance.randrange(20, 120)}" fill="hsl({(hue + 50 * n) % 360} 70% 65%)" '
        f'opacity="0.{chance.randrange(3, 9)}"/>'
        for n in range(7)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_SIZE} {_SIZE}">'
        f'<rect width="{_SIZE}" height="{_SIZE}" fill="hsl({hue} 45% 18%)"/>{discs}</svg>'
    )


class GeneratorMissing(ValueError):
    """There is no such generator; the message says what was looked for."""


def generator_named(name: str, *, seed: int, artwork_s: float) -> ArtworkGenerator:
    """Return the generator ``module:Class``, called with ``seed`` and ``artwork_s``.

    Raises GeneratorMissing.
    """
    module, _, attribute = name.partition(":")
    try:
        made = getattr(importlib.import_module(module), attribute)(seed=seed, artwork_s=artwork_s)
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        raise GeneratorMissing(f"no generator {name!r}: {error}") from error
    if not callable(getattr(made, "make", None)):
        raise GeneratorMissing(f"{name!r} has no method make")
    generator: ArtworkGenerator = made
    return generator
