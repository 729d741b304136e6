-- The tables and all five indexes. Ids are opaque text: collation "C" compares them as bytes, which
-- is the order in which every writer takes its locks, whatever the database's locale.
CREATE TABLE art_sessions (
    id          text COLLATE "C" PRIMARY KEY,
    title       text NOT NULL,
    pool_status text NOT NULL DEFAULT 'active',
    created_at  timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE user_art_impressions (
    id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id    text COLLATE "C" NOT NULL,
    artwork_id text COLLATE "C" NOT NULL,
    viewed_at  timestamptz NOT NULL DEFAULT now()
);

CREATE UNIQUE INDEX user_art_impressions_unique_user_artwork
    ON user_art_impressions (user_id, artwork_id);
CREATE INDEX user_art_impressions_user_id_idx ON user_art_impressions (user_id);
CREATE INDEX user_art_impressions_artwork_id_idx ON user_art_impressions (artwork_id);
CREATE INDEX user_art_impressions_viewed_at_idx ON user_art_impressions (viewed_at);
CREATE INDEX user_art_impressions_user_viewed_idx ON user_art_impressions (user_id, viewed_at);
