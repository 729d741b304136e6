"""Models in the database: each with its lists, the last one is what is read."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

import psycopg

from servers.prediction.evaluation import TOP, Evaluation
from servers.prediction.rankings import Factors, Popular, Ranking, top_unseen
from servers.prediction.seen import SeenMatrix

LIST_LENGTH = 50
"""Artworks of a user's list: as many as may be seen until the next model, and ten beyond."""
KEPT_MODELS = 5
_LOCK = 0x70726564  # any constant will do; "pred"
_MODEL = """
INSERT INTO prediction_models (users, artworks, views, components, seed, evaluation, is_used)
VALUES (%s, %s, %s, %s, %s, %s, %s) RETURNING version
"""
_PREDICTED = "COPY predicted_artworks (version, user_id, rank, artwork_id) FROM STDIN"
_POPULAR = "COPY popular_artworks (version, rank, artwork_id) FROM STDIN"
_PRUNE = """
DELETE FROM prediction_models WHERE version NOT IN (
    SELECT version FROM prediction_models ORDER BY version DESC LIMIT %s)
"""


def is_kept(connection: psycopg.Connection[Any]) -> bool:
    """Return whether the database has the tables of predictions."""
    row = connection.execute("SELECT to_regclass('prediction_models') IS NOT NULL").fetchone()
    return row is not None and bool(row[0])


def turn_of(connection: psycopg.Connection[Any]) -> bool:
    """Return whether this session may train now; another one that does holds the lock."""
    row = connection.execute("SELECT pg_try_advisory_lock(%s)", (_LOCK,)).fetchone()
    return row is not None and bool(row[0])


def give_up_turn(connection: psycopg.Connection[Any]) -> None:
    """Let another session train."""
    connection.execute("SELECT pg_advisory_unlock(%s)", (_LOCK,))


def save(
    connection: psycopg.Connection[Any],
    seen: SeenMatrix,
    model: Factors | None,
    evaluation: Evaluation,
    *,
    seed: int,
) -> int:
    """Keep a model and its lists, all or nothing, and return its version.

    Without a model, or with one that does not beat popularity, only the popular ones are kept. The
    last five models stay.
    """
    is_used = model is not None and evaluation.beats_popularity
    figures = {**asdict(evaluation), "top": TOP}
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(
            _MODEL,
            (len(seen.users), len(seen.pool), seen.views, model.components if model else 0, seed,
             json.dumps(_without_nan(figures)), is_used),
        )  # fmt: skip
        ((version,),) = cursor.fetchall()
        if model is not None and is_used:
            with cursor.copy(_PREDICTED) as copy:
                for row in _lists(seen, model):
                    copy.write_row((version, *row))
        with cursor.copy(_POPULAR) as copy:
            scores = Popular(seen).scores(0)
            for rank, column in enumerate(top_unseen(scores, seen.of_a_new_user(), len(seen.pool))):
                copy.write_row((version, rank, seen.pool[column]))
        cursor.execute(_PRUNE, (KEPT_MODELS,))
    return int(version)


def _lists(seen: SeenMatrix, ranking: Ranking) -> Iterable[tuple[str, int, str]]:
    for row, user in enumerate(seen.users):
        best = top_unseen(ranking.scores(row), seen.of_user(row), LIST_LENGTH)
        for rank, column in enumerate(best):
            yield user, rank, seen.pool[column]


def _without_nan(value: Any) -> Any:
    """Return the value with null in place of NaN, for which JSON has no word."""
    if isinstance(value, dict):
        return {key: _without_nan(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_nan(one) for one in value]
    return None if isinstance(value, float) and math.isnan(value) else value
