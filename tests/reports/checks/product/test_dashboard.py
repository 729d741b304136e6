"""The dashboard as it should be, and as it must not be."""

from __future__ import annotations

from harness.ledger.kinds.client import AdminTried, ExportRead, FeedWatched
from harness.ledger.kinds.database import AccessesRead, AccessKept
from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.ledgers import FAIL, PASS, UNKNOWN, HandWritten, lived


def tried(
    *who: tuple[str, str, bool, bool], parts: tuple[str, ...] = ("page", "feed")
) -> HandWritten:
    """Who as what, whether an admin and whether let in, at each part."""
    ledger = lived()
    for user, name, is_admin, is_let_in in who:
        for part in parts:
            row = AdminTried(
                user=user or None,
                tab=None,
                who=name,
                part=part,
                status=200 if is_let_in else 403,
                is_admin=is_admin,
                is_let_in=is_let_in,
            )
            ledger.saw(3.0, row)
    return ledger


ADMIN = ("boss", "admin", True, True)
OUTSIDER = ("", "outsider", False, False)
ORDINARY = ("ann", "ordinary user", False, False)


def unevenly() -> HandWritten:
    """The feed is tried by others alone."""
    ledger = tried(ADMIN, parts=("page",))
    for row in tried(OUTSIDER, ORDINARY).rows["client"]:
        ledger.rows["client"].append(row)
    return ledger


ALONE = cases(
    "admins_alone",
    {"tries": 4},
    as_should_be=(lambda: tried(ADMIN, OUTSIDER, ORDINARY), PASS, "4 tries"),
    somebody_let_in=(
        lambda: tried(ADMIN, OUTSIDER, ("ann", "by header", False, True)),
        FAIL,
        "2 of 6",
    ),
    admin_refused=(lambda: tried(("boss", "admin", True, False), OUTSIDER, ORDINARY), FAIL),
    no_admin_tried=(lambda: tried(OUTSIDER, ORDINARY), UNKNOWN, "not every part"),
    a_part_without_an_admin=(unevenly, UNKNOWN, "not every part"),
    too_few=(lambda: tried(ADMIN, OUTSIDER), UNKNOWN, "only 2"),
    no_row=(lived, UNKNOWN),
)


def kept(ledger: HandWritten, *found: tuple[str, str, bool, int]) -> HandWritten:
    for user, part, is_let_in, times in found:
        ledger.saw(9.0, AccessKept(user=user, part=part, is_let_in=is_let_in, times=times))
    return ledger.saw(9.0, AccessesRead(found=len(found)))


def two() -> HandWritten:
    return tried(ADMIN, OUTSIDER, OUTSIDER, parts=("page",))


ADMITTED, REFUSED = ("boss", "page", True, 1), ("", "page", False, 2)
KEPT = cases(
    "accesses_kept",
    {},
    each=(lambda: kept(two(), ADMITTED, REFUSED), PASS, "each of 3"),
    in_two_rows=(
        lambda: kept(two(), ADMITTED, ("", "page", False, 1), ("", "page", False, 1)),
        PASS,
    ),
    one_missing=(lambda: kept(two(), ADMITTED, ("", "page", False, 1)), FAIL, "1 accesses"),
    admitted_missing=(lambda: kept(two(), REFUSED), FAIL),
    none_kept=(lambda: kept(two()), FAIL, "3 accesses"),
    one_too_many=(lambda: kept(two(), ADMITTED, REFUSED, ("bob", "feed", True, 1)), FAIL),
    as_another=(lambda: kept(two(), ("bob", "page", True, 1), REFUSED), FAIL, "2 accesses"),
    not_read=(two, UNKNOWN),
    nothing_tried=(lambda: kept(lived()), UNKNOWN),
)


def exported(users: int, *formulas: str) -> HandWritten:
    return lived().saw(3.0, ExportRead(user="boss", tab=None, users=users, formulas=formulas))


EXPORT = cases(
    "export_is_text",
    {"users": 2},
    text=(lambda: exported(2), PASS, "none of 2"),
    a_formula=(lambda: exported(2, "=1+1"), FAIL, "1 cells"),
    too_few=(lambda: exported(1), UNKNOWN, "only 1"),
    not_read=(lived, UNKNOWN),
)


def watched(
    *viewers: tuple[int, int, int, int, int], batches: int = 5, batches_at_s: float = 3.0
) -> HandWritten:
    """Each viewer's began, ended, lines, lost and repeated, from 10 s on, of that number of
    batches."""
    ledger = lived()
    for number in range(batches):
        ledger.receipt([f"a{number}"], batches_at_s + number / 10)
    for number, (began, ended, lines, lost, repeated) in enumerate(viewers):
        row = FeedWatched(
            user="boss",
            tab=None,
            viewer=f"viewer {number}",
            began=began,
            ended=ended,
            lines=lines,
            lost=lost,
            repeated=repeated,
        )
        ledger.saw(10.0 + number / 10, row)
    return ledger


FEED = cases(
    "feed_accounts",
    {"viewers": 2},
    each=(lambda: watched((0, 5, 5, 0, 0), (2, 5, 3, 0, 0)), PASS, "2 viewers"),
    left_out_and_counted=(lambda: watched((0, 9, 5, 4, 0), (0, 9, 9, 0, 0)), PASS),
    left_out_unsaid=(lambda: watched((0, 9, 5, 0, 0), (0, 9, 9, 0, 0)), FAIL, "1 of 2"),
    left_out_unsaid_later=(lambda: watched((2, 9, 5, 0, 0), (0, 9, 9, 0, 0)), FAIL, "1 of 2"),
    a_line_each=(lambda: watched((0, 1, 1, 0, 0), (4, 5, 1, 0, 0), batches=1), PASS, "2 viewers"),
    silent_after_the_second=(
        lambda: watched((0, 2, 2, 0, 0), (0, 5, 5, 0, 0)),
        FAIL,
        "1 of 2",
    ),
    silent_for_all=(lambda: watched((0, 2, 2, 0, 0), (0, 2, 2, 0, 0)), FAIL, "2 of 2"),
    not_yet_due=(
        lambda: watched((0, 2, 2, 0, 0), (0, 2, 2, 0, 0), batches_at_s=6.0),
        PASS,
        "2 viewers",
    ),
    again=(lambda: watched((0, 5, 5, 0, 1), (0, 5, 5, 0, 0)), FAIL),
    more_than_there_were=(lambda: watched((0, 5, 6, 0, 0), (0, 5, 5, 0, 0)), FAIL),
    none_saw_a_line=(
        lambda: watched((0, 0, 0, 0, 0), (0, 0, 0, 0, 0), batches=0),
        UNKNOWN,
        "only 0",
    ),
    too_few=(lambda: watched((0, 5, 5, 0, 0)), UNKNOWN, "only 1"),
    no_row=(lived, UNKNOWN),
)

CASES = [*ALONE, *KEPT, *EXPORT, *FEED]

test_each_case = every_case_holds(CASES)
