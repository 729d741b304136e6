-- The covering index that the freshness query is sometimes given.
CREATE INDEX user_impressions_covering
    ON user_art_impressions (user_id, artwork_id, viewed_at);
