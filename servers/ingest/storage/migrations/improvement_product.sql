-- What the product around the recorder keeps. Each replay has an id, so that a report which is sent
-- twice counts once; the row of an impression is only changed here, never made.
ALTER TABLE user_art_impressions
    ADD COLUMN replay_count     integer NOT NULL DEFAULT 0,
    ADD COLUMN last_replayed_at timestamptz;

CREATE TABLE impression_replays (
    user_id     text COLLATE "C" NOT NULL,
    replay_id   text COLLATE "C" NOT NULL,
    artwork_id  text COLLATE "C" NOT NULL,
    replayed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, replay_id)
);

-- A heart that was taken back stays as a row: two changes at once wait for each other there.
CREATE TABLE favourites (
    user_id      text COLLATE "C" NOT NULL,
    artwork_id   text COLLATE "C" NOT NULL,
    is_favourite boolean NOT NULL,
    changes      integer NOT NULL DEFAULT 1,
    changed_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, artwork_id)
);
CREATE TABLE favourite_changes (
    user_id   text COLLATE "C" NOT NULL,
    change_id text COLLATE "C" NOT NULL,
    made_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, change_id)
);

-- Of the secret in a link only its digest is kept: who reads the table cannot use one.
CREATE TABLE shared_collections (
    share_id     uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    token_digest bytea NOT NULL UNIQUE,
    user_id      text COLLATE "C" NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    revoked_at   timestamptz
);
CREATE INDEX shared_collections_user_id_idx ON shared_collections (user_id);
