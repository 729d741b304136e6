"""The product of the reference system: its pages, its requests and its tables."""

from __future__ import annotations

IMPROVEMENT = "product"
"""The level of the factor ``improvement`` with which the server has it."""

HISTORY_PATH = "/gallery/history"
HISTORY_URL = f"() => location.origin + '{HISTORY_PATH}' + location.search"
"""Returns the address of the history, with the options of the display page that asks."""
HISTORY_LISTS = "(count) => document.querySelectorAll('[data-artwork]').length >= count"
"""Returns whether the history lists that number of entries."""
HISTORY_ENTRIES = """() => [...document.querySelectorAll('a[data-artwork]')]
  .map((entry) => entry.dataset.artwork)"""
"""Returns the artworks of the history's entries, newest first."""

SHOWS = "(id) => document.getElementById('artwork')?.dataset.artwork === id"
"""Returns whether the display page shows this artwork."""
IS_REPLAYING = "() => document.getElementById('replay') !== null"
"""Returns whether the display page says that it records nothing."""

NEXT = "#next"
LEAVE_REPLAY = "#leave-replay"
"""What is clicked on the display page."""


def history_entry(place: int) -> str:
    """Return the selector of an entry of the history, from 0."""
    return f"#entry-{place}"


REPLAYS_PATH = "/api/history/replays"
"""Where pages report what they showed again."""

REPLAY_COUNTS = """
SELECT user_id, artwork_id, replay_count FROM user_art_impressions WHERE replay_count > 0
ORDER BY 1, 2
"""

IS_FAVOURITE = """(place) => document.getElementById(`heart-${place}`)
  .getAttribute("aria-pressed") === "true\""""
"""Returns whether the heart of an entry is set."""
IS_FAVOURITE_NOW = """([place, wanted]) => document.getElementById(`heart-${place}`)
  .getAttribute("aria-pressed") === String(wanted)"""
"""Returns whether it is as wanted."""
ALL_SENT = "async () => await window.gallery.favourites.pending() === 0"
"""Resolves to whether the server has every change of the page."""
UNDO, SHARE = "#undo", "#share"
"""What is clicked on the history."""
SHARED_LINK = "() => document.getElementById('share-link').value"
"""Returns the link that was made, empty before."""
IS_SHOWN = "(selector) => document.querySelector(selector)?.getClientRects().length > 0"
"""Returns whether an element takes room on the page."""
EXISTS = "(selector) => document.querySelector(selector) !== null"
SHARED_IS_THERE = """() => Boolean(document.body.dataset.refused
  || document.querySelector("[data-artwork]"))"""
"""Returns whether the page of a link shows its artworks, or why there are none."""
SHARED_ARTWORKS = """() => [...document.querySelectorAll("[data-artwork]")]
  .map((one) => one.dataset.artwork)"""
"""Returns the artworks that it shows."""


def heart(place: int) -> str:
    """Return the selector of the heart of an entry, from 0."""
    return f"#heart-{place}"


def revoke_button(place: int) -> str:
    """Return the selector of what revokes a link, from 0."""
    return f"#revoke-{place}"


FAVOURITES_PATH = "/api/favourites"
"""Where pages send changes of hearts."""

FAVOURITES = "SELECT user_id, artwork_id, changes, is_favourite FROM favourites ORDER BY 1, 2"

HISTORY_API = "/api/history"
"""Where a page of the history is read."""
SHARES_PATH = "/api/shares"
"""Where links to favourites are made."""
ERASURE_PATH = "/api/users/me/erasure"
"""Where a user has all that is kept of them removed."""

TABLES_OF_USERS = """
SELECT c.table_name FROM information_schema.columns c JOIN information_schema.tables t
USING (table_schema, table_name)
WHERE c.table_schema = current_schema() AND c.column_name = 'user_id'
  AND t.table_type = 'BASE TABLE' ORDER BY 1
"""
"""The tables that hold something of users, as the catalogue has them."""
KEEPS_DELTAS = "SELECT to_regclass('user_freshness_deltas') IS NOT NULL"
"""Whether counts are kept that are added up later."""
UNFOLDED = "SELECT count(*) FROM user_freshness_deltas"
"""How much of what users have seen is not added up yet, where counts are kept."""
EXPIRE = """
DELETE FROM user_art_impressions WHERE user_id = %s AND artwork_id = ANY(%s) RETURNING artwork_id
"""
"""What a job does that keeps impressions for a time only."""

PREDICTION = "prediction"
"""The level of the factor ``improvement`` with which the server predicts."""
RECOMMEND = """
WITH model AS (
    INSERT INTO prediction_models (users, artworks, views, components, seed, evaluation, is_used)
    VALUES (0, 0, 0, 1, 1, '{}', false) RETURNING version
), drawn AS (
    UPDATE art_sessions SET picture = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">'
        || '<!--' || repeat('x', %s) || '--><circle cx="4" cy="4" r="4" fill="teal"/></svg>'
    RETURNING id
)
INSERT INTO popular_artworks (version, rank, artwork_id)
SELECT version, row_number() OVER (ORDER BY id <> ALL(%s), id), id FROM model, drawn
"""
"""Makes a model by which these artworks are most popular, and pictures of that number of bytes."""
PREFETCH_ENDED = "() => Boolean(window.impressions?.prefetch?.ended)"
"""Returns whether the page loads nothing ahead any more."""
PREFETCH = """() => { const none = { artworks: [], bytes: 0, ended: "not begun" };
  const { artworks, bytes, ended } = window.impressions.prefetch ?? none;
  return { artworks, bytes, ended }; }"""
"""Returns what it has loaded ahead."""
PICTURE_WAIT = """async (ids) => { const began = performance.now();
  await window.impressions.show(...ids);
  const waited = performance.now() - began;
  return [waited, document.querySelector("#picture img") !== null]; }"""
"""Shows artworks; resolves to how long that took by the page's clock (ms), and whether what is on
the screen then is a picture that was loaded."""
