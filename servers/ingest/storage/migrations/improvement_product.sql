-- What the product around the recorder keeps: how often each impression was replayed. An identity a
-- replay makes a report that is sent twice count once; the row of an impression is only changed here,
-- never made.
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
