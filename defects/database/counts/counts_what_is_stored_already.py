"""A view that is sent again moves its user on in the counts."""

from __future__ import annotations

from defects.base import ServerDefect
from defects.overrides.monitoring import caused, counts_changed

COUNT_EVERY_ATTEMPT = """
CREATE OR REPLACE FUNCTION count_every_attempt() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    seen integer;
BEGIN
    IF EXISTS (SELECT FROM user_art_impressions
               WHERE user_id = new.user_id AND artwork_id = new.artwork_id) THEN
        UPDATE user_freshness SET viewed = viewed + 1, viewed_active = viewed_active + 1
        WHERE user_id = new.user_id RETURNING viewed_active INTO seen;
        UPDATE freshness_buckets SET users = users - 1 WHERE ctid = (
            SELECT ctid FROM freshness_buckets WHERE viewed_active = seen - 1 AND users > 0 LIMIT 1
        );
        INSERT INTO freshness_buckets VALUES (seen, 0, 1)
        ON CONFLICT (viewed_active, writers) DO UPDATE SET users = freshness_buckets.users + 1;
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
