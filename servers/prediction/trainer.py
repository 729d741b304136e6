"""Trains on a schedule, beside the server: no request waits for a model."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any

import psycopg

from servers.prediction import store
from servers.prediction.evaluation import Evaluation, evaluate
from servers.prediction.rankings import Factors
from servers.prediction.seen import read_views, seen_of

RETRY_S = 5.0
"""A database that is away is tried again after this."""
_log = logging.getLogger(__name__)


class NothingKept(Exception):
    """The database has no tables for predictions."""


class Trainer:
    """Trains in the thread that calls ``run``, every ``every_s`` seconds, until it is stopped."""

    def __init__(self, database: str, *, components: int, seed: int, every_s: float) -> None:
        self._database = database
        self._components = components
        self._seed = seed
        self._every_s = every_s
        self._stop = threading.Event()

    def stop(self) -> None:
        """Finish the model that is being trained and begin no other."""
        self._stop.set()

    def run(self, trained: Callable[[str], None] = lambda line: None) -> None:
        """Train until ``stop``; ``trained`` receives a line about each model.

        Raises NothingKept, or psycopg.Error when the first attempt fails; later ones are repeated.
        """
        first = True
        while not self._stop.is_set():
            try:
                trained(self.once())
                first = False
                self._stop.wait(self._every_s)
            except psycopg.OperationalError as error:
                if first:
                    raise
                _log.warning("the database is away: %s", " ".join(str(error).split()))
                self._stop.wait(RETRY_S)

    def once(self) -> str:
        """Train, try and keep one model; return a line about it.

        Raises NothingKept and psycopg.Error.
        """
        with closing(self._connection()) as connection:
            if not store.is_kept(connection):
                raise NothingKept
            if not store.turn_of(connection):
                return "another process is training; nothing was done"
            try:
                return self._trained(connection)
            finally:
                store.give_up_turn(connection)

    def _trained(self, connection: psycopg.Connection[Any]) -> str:
        began_s = time.monotonic()
        views, pool = read_views(connection)
        evaluation = evaluate(views, pool, components=self._components, seed=self._seed)
        seen = seen_of(views, pool)
        # What is used is trained on all views; what was tried, on the earlier ones.
        model = (
            Factors(seen, components=self._components, seed=self._seed)
            if evaluation.beats_popularity
            else None
        )
        version = store.save(connection, seen, model, evaluation, seed=self._seed)
        took_s = time.monotonic() - began_s
        return f"model {version}, {seen.views:,} views, {took_s:.1f} s: {verdict_of(evaluation)}"

    def _connection(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self._database, autocommit=True, application_name="prediction")


def verdict_of(evaluation: Evaluation) -> str:
    """Return in a line whether the model is used, and why."""
    if evaluation.reason:
        return f"not used: {evaluation.reason}"
    model, popular, chance = (f"{score.hit_rate:.1%}" for score in evaluation.scores)
    bounds = f"{evaluation.gain_low:+.1%} to {evaluation.gain_high:+.1%}"
    rates = f"hit rate {model}, popularity {popular}, chance {chance}; gain {bounds}"
    if evaluation.beats_popularity:
        return f"used: {rates}"
    return f"not used, it does not beat popularity: {rates}"
