"""What a user has seen is counted before the statement knows what is stored already."""

from __future__ import annotations

from defects.base import ServerDefect
from defects.overrides.orders import pool_trial, with_order

ATTEMPTED = """
CREATE TABLE attempted (user_id text PRIMARY KEY, views integer NOT NULL)
"""
COUNT = """
CREATE FUNCTION count_attempt() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO attempted AS a VALUES (NEW.user_id, 1)
    ON CONFLICT (user_id) DO UPDATE SET views = a.views + 1;
    RETURN NEW;
END $$
"""
TRIGGER = """
CREATE TRIGGER count_attempt BEFORE INSERT ON user_art_impressions
FOR EACH ROW EXECUTE FUNCTION count_attempt()
"""

DEFECT = ServerDefect(
    about="Views that are stored already count again, and jobs come before their level is crossed.",
    expected={"jobs_once_per_crossing"},
    trials=[pool_trial()],
    overrides=with_order(
        "SELECT f.user_id, f.viewed_active FROM user_freshness_base f WHERE f.user_id = ANY (whom)",
        "SELECT a.user_id, a.views AS viewed_active FROM attempted a WHERE a.user_id = ANY (whom)",
        ATTEMPTED,
        COUNT,
        TRIGGER,
    ),
)
