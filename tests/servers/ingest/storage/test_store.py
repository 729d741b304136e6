"""Who gets which new row; and that a lie in the rows cannot hide in the sums."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from servers.ingest.config import Config
from servers.ingest.storage.store import Share, Store, Written, apportion

USER = st.sampled_from("xyz")
SHARES = st.lists(
    st.builds(
        lambda user, ids: Share(user, ids, 0.0),
        USER,
        st.lists(st.sampled_from("abcdef"), min_size=1, max_size=8),
    ),
    max_size=6,
)


def test_a_key_that_two_requests_bring_belongs_to_the_first() -> None:
    shares = [Share("ann", ["a", "b"], 0.0), Share("ann", ["b", "c"], 0.0)]
    parts = apportion(shares, {"ann": ["a", "b", "c"]})
    assert parts == [Written(2, 0), Written(1, 1)]


def test_the_same_artwork_of_two_users_is_two_keys() -> None:
    shares = [Share("ann", ["a"], 0.0), Share("bob", ["a"], 0.0)]
    assert apportion(shares, {"bob": ["a"]}) == [Written(0, 1), Written(1, 0)]


@given(SHARES, st.data())
def test_every_id_is_counted_once_and_every_row_too(
    shares: list[Share], data: st.DataObject
) -> None:
    sent = {(share.user, artwork) for share in shares for artwork in share.artworks}
    new = data.draw(st.sets(st.sampled_from(sorted(sent))) if sent else st.just(set()))
    rows: dict[str, list[str]] = defaultdict(list)
    for user, artwork in sorted(new):
        rows[user].append(artwork)
    parts = apportion(shares, rows)
    assert sum(part.inserted for part in parts) == len(new)
    for share, part in zip(shares, parts, strict=True):
        assert part.inserted + part.duplicate == len(share.artworks)


def test_a_row_that_came_twice_breaks_the_law() -> None:
    (part,) = apportion([Share("ann", ["a", "b"], 0.0)], {"ann": ["a", "a", "b"]})
    assert part.inserted + part.duplicate == 3 != 2


def test_a_row_that_no_share_sent_is_no_shares() -> None:
    (part,) = apportion([Share("ann", ["a"], 0.0)], {"ann": ["a", "b"], "bob": ["c"]})
    assert part == Written(1, 0)  # one less than the rows: Σ inserted = rows fails


def test_behind_a_pooler_nothing_is_prepared() -> None:
    plain = Config(database="", secret=b"", lifetime="")
    assert Store(plain).prepare_threshold() == 5
    assert Store(replace(plain, transaction_pooling=True)).prepare_threshold() is None
