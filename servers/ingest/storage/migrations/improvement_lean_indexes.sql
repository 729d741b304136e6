-- user_id alone is a prefix of the unique index, and of (user_id, viewed_at): it costs a write for
-- every row and answers nothing new. viewed_at grows with the table, so a block range index of a
-- few kilobytes replaces a tree of the table's size.
DROP INDEX IF EXISTS user_art_impressions_user_id_idx;
DROP INDEX IF EXISTS user_art_impressions_viewed_at_idx;
CREATE INDEX user_art_impressions_viewed_at_brin
    ON user_art_impressions USING brin (viewed_at);
