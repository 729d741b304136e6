-- What models have predicted. A model and all its lists become visible in one transaction; a list
-- is longer than what is shown of it, since its user goes on seeing artworks.
CREATE TABLE prediction_models (
    version    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    trained_at timestamptz NOT NULL DEFAULT now(),
    users      integer NOT NULL,
    artworks   integer NOT NULL,
    views      bigint NOT NULL,
    components integer NOT NULL,
    seed       integer NOT NULL,
    evaluation jsonb NOT NULL,
    is_used    boolean NOT NULL
);

CREATE TABLE predicted_artworks (
    version    bigint NOT NULL REFERENCES prediction_models ON DELETE CASCADE,
    user_id    text COLLATE "C" NOT NULL,
    rank       smallint NOT NULL,
    artwork_id text COLLATE "C" NOT NULL,
    PRIMARY KEY (version, user_id, rank)
);

-- For users of whom the model knows nothing, and for all while no model is used.
CREATE TABLE popular_artworks (
    version    bigint NOT NULL REFERENCES prediction_models ON DELETE CASCADE,
    rank       integer NOT NULL,
    artwork_id text COLLATE "C" NOT NULL,
    PRIMARY KEY (version, rank)
);
