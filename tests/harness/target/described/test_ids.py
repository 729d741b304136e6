"""IdsTable of one run: never another's, and read back to user and artwork."""

from __future__ import annotations

import uuid

import pytest

from harness.target.described.ids import RunMark, ViewIds
from harness.target.dialect import load_user

MARK = RunMark(word="00c0ffee", seed=7)
KINDS = ("text", "integer", "uuid")


def ids(kind: str, *, mark: RunMark = MARK, has_users: bool = False, case: bool = True) -> ViewIds:
    return ViewIds(mark=mark, kind=kind, has_users=has_users, case_sensitive=case)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("user", ["visitor-7", load_user(7, 0), load_user(7, 64_000)])
def test_an_id_tells_whose_view_it_was(kind: str, user: str) -> None:
    made = ids(kind)
    for artwork in (made.artwork(1), made.artwork(0, of_load=True), made.artwork(9, of_load=True)):
        sent = made.sent(user, artwork)
        assert isinstance(sent, int) is (kind == "integer")
        assert made.view(str(sent), None) == (user, artwork)


@pytest.mark.parametrize("kind", KINDS)
def test_where_truth_names_users_an_id_is_the_artwork(kind: str) -> None:
    made = ids(kind, has_users=True)
    artwork = made.artwork(3, of_load=True)
    assert str(made.sent("load-7-00001", artwork)) == artwork
    assert made.view(artwork, "load-7-00001") == ("load-7-00001", artwork)


@pytest.mark.parametrize("has_users", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_what_others_stored_is_not_this_run_s(kind: str, has_users: bool) -> None:
    made = ids(kind, has_users=has_users)
    other = ids(kind, mark=RunMark(word="0badcafe", seed=7), has_users=has_users)
    theirs = str(other.sent("visitor-7", other.artwork(1)))
    for stored in (theirs, "", "x", "12", "-5", "h00c0ffee-", str(uuid.UUID(int=5)), "9" * 5000):
        assert made.view(stored, "visitor-7") is None


def test_numbers_fit_into_a_double_and_uuids_are_of_version_4() -> None:
    for word in ("00000000", "ffffffff"):
        for has_users in (True, False):
            made = ids("integer", mark=RunMark(word=word, seed=7), has_users=has_users)
            sent = made.sent(load_user(7, 64_999), made.artwork(2_000_000, of_load=True))
            assert isinstance(sent, int)
            assert 0 < sent < 2**53
    sent = ids("uuid").sent("visitor-7", "view-000001")
    assert uuid.UUID(str(sent)).version == 4


def test_case_and_braces_of_a_system_that_spells_ids_its_own_way() -> None:
    text = ids("text", case=False)
    sent = str(text.sent("visitor-7", "view-000001"))
    assert text.view(sent.upper(), None) == ("visitor-7", "view-000001")
    assert ids("text").view(sent.upper(), None) is None
    made = ids("uuid")
    sent = str(made.sent("visitor-7", "view-000001"))
    for spelt in ("{" + sent.upper() + "}", sent.replace("-", ""), f"{sent}  "):
        assert made.view(spelt, None) == ("visitor-7", "view-000001")


@pytest.mark.parametrize("user", ["ann", "load-8-00001", load_user(7, 70_000)])
def test_a_user_of_another_run_is_refused(user: str) -> None:
    with pytest.raises(ValueError, match=r"no user of this run|invalid literal"):
        ids("text").sent(user, "view-000001")


def test_marks_differ_and_are_read_back() -> None:
    one, other = RunMark.new(7), RunMark.new(7)
    assert one != other
    assert RunMark.parse(str(one)) == one
    for broken in ("", "12345678", "xyz.1", "00c0ffee.x"):
        with pytest.raises(ValueError, match=r"is no mark|invalid literal"):
            RunMark.parse(broken)
