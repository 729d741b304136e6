"""A view that is sent again moves its user on in the counts."""

from __future__ import annotations

from defects.base import ServerDefect
from defects.overrides.monitoring import caused, counts_changed

COUNT_EVERY_ATTEMPT = """
CREATE OR REPLACE FUNCTION count_every_attempt() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM user_art_impressions
               WHERE user_id = new.user_id AND artwork_id = new.artwork_id) THEN
        INSERT INTO user_freshness_deltas VALUES (1, ARRAY[new.user_id], ARRAY[new.artwork_id]);
    END IF;
    RETURN new;
END $$
"""
BEFORE_EACH = """
CREATE OR REPLACE TRIGGER count_every_attempt BEFORE INSERT ON user_art_impressions
FOR EACH ROW EXECUTE FUNCTION count_every_attempt()
"""

DEFECT = ServerDefect(
    about="The counts of what users have seen grow by views that are stored already.",
    expected={"users_as_counted"},
    trials=[caused("DuplicateAttempts")],
    overrides=counts_changed(COUNT_EVERY_ATTEMPT, BEFORE_EACH),
)
