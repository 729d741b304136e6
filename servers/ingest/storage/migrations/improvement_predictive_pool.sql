-- New artworks are ordered before a user has seen the whole pool. It needs the counts of
-- improvement_rollups, and orders in the transaction of the rows that cross a level: a crossing and
-- its job are stored together or not at all.
--
-- A job's key is (user, level, epoch of the pool). The epoch is one more each time the pool has
-- grown, and only growth puts a user below a level for good; so a user who crosses the same level
-- again crosses it in a new epoch, and whatever happens twice in one epoch (a view that is deleted
-- and comes again, an artwork that is retired and comes back) finds its job there.
--
-- Triggers fire in the order of their names: order_* come after count_*, empty_pool and forget_all.
-- Locks: after those of the counts come a user's row of pool_standing and the user's jobs, which
-- no other transaction holds. A worker that finishes takes the pool's lock before its job's row.
LOCK TABLE user_art_impressions, art_sessions IN SHARE ROW EXCLUSIVE MODE;

-- From now on counts are kept at once: a crossing is seen by the statement that makes it, and
-- crossings of one user are serial, because a user's row is held until COMMIT.
SELECT pg_advisory_xact_lock(1768779874);
SELECT fold_freshness();
CREATE OR REPLACE TRIGGER count_inserted AFTER INSERT ON user_art_impressions
    REFERENCING NEW TABLE AS changed_rows
    FOR EACH STATEMENT EXECUTE FUNCTION count_impressions('at once');
CREATE OR REPLACE TRIGGER count_deleted AFTER DELETE ON user_art_impressions
    REFERENCING OLD TABLE AS changed_rows
    FOR EACH STATEMENT EXECUTE FUNCTION count_impressions('at once');

CREATE TABLE pool_levels (
    percent  smallint PRIMARY KEY CHECK (percent BETWEEN 1 AND 100),
    artworks integer NOT NULL CHECK (artworks > 0),
    urgent   boolean NOT NULL
);
COMMENT ON TABLE pool_levels IS 'who has seen that much of the pool gets that number of new artworks';
INSERT INTO pool_levels VALUES (85, 10, false), (90, 20, false), (95, 50, true);

CREATE TABLE pool_forecast (
    single         boolean PRIMARY KEY DEFAULT true CHECK (single),
    window_s       integer NOT NULL DEFAULT 60,
    span_s         integer NOT NULL DEFAULT 10,
    horizon_s      integer NOT NULL DEFAULT 120,
    fewest         integer NOT NULL DEFAULT 10,
    most           integer NOT NULL DEFAULT 200
);
COMMENT ON COLUMN pool_forecast.window_s IS 'a pace is that of the views of this number of seconds';
COMMENT ON COLUMN pool_forecast.span_s IS 'views of fewer seconds have no pace yet';
COMMENT ON COLUMN pool_forecast.horizon_s IS 'who has seen all in fewer seconds gets new artworks';
COMMENT ON COLUMN pool_forecast.fewest IS 'artworks of such a job, at least';
COMMENT ON COLUMN pool_forecast.most IS 'artworks of such a job, at most';
INSERT INTO pool_forecast DEFAULT VALUES;

CREATE TABLE pool_standing (
    user_id text COLLATE "C" PRIMARY KEY,
    percent smallint NOT NULL
);
COMMENT ON TABLE pool_standing IS 'the highest level that each user is at; no row: below all';

CREATE TABLE pool_jobs (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id      text COLLATE "C" NOT NULL,
    level        text NOT NULL,
    epoch        bigint NOT NULL,
    artworks     integer NOT NULL CHECK (artworks > 0),
    urgent       boolean NOT NULL,
    state        text NOT NULL DEFAULT 'waiting'
                 CHECK (state IN ('waiting', 'running', 'done', 'dead')),
    attempts     integer NOT NULL DEFAULT 0,
    worker       text,
    ordered_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    due_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    leased_until timestamptz,
    finished_at  timestamptz,
    error        text,
    CONSTRAINT pool_jobs_once UNIQUE (user_id, level, epoch)
);
COMMENT ON COLUMN pool_jobs.level IS 'the percentage that was crossed, or pace';
COMMENT ON COLUMN pool_jobs.attempts IS 'how often it was taken: only the last taker may finish it';
CREATE INDEX pool_jobs_open ON pool_jobs (urgent DESC, id) WHERE state IN ('waiting', 'running');

ALTER TABLE art_sessions ADD COLUMN job_id bigint REFERENCES pool_jobs (id) ON DELETE SET NULL;
CREATE INDEX art_sessions_job_idx ON art_sessions (job_id) WHERE job_id IS NOT NULL;

-- Orders for the users of whom, or for everybody (NULL): compares the level at which each one is
-- with the one that was noted, and makes a job for every level between. READ COMMITTED: this sees
-- what all earlier holders of a user's row in user_freshness_base have committed.
CREATE FUNCTION order_by_level(whom text[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    WITH pool AS MATERIALIZED (
        SELECT active, epoch FROM impression_pool
    ), candidate AS (
        SELECT f.user_id, f.viewed_active FROM user_freshness_base f WHERE f.user_id = ANY (whom)
        UNION ALL
        SELECT f.user_id, f.viewed_active FROM user_freshness_base f, pool
        WHERE whom IS NULL AND f.viewed_active >= pool.active * (
            SELECT min(percent) FROM pool_levels) / 100.0
        UNION ALL
        SELECT s.user_id, coalesce(f.viewed_active, 0)
        FROM pool_standing s LEFT JOIN user_freshness_base f USING (user_id)
        WHERE whom IS NULL AND s.percent > 0
    ), stands AS (
        SELECT c.user_id, coalesce(max(l.percent), 0) AS percent
        FROM candidate c CROSS JOIN pool
        LEFT JOIN pool_levels l
            ON pool.active > 0 AND 100 * c.viewed_active::bigint >= l.percent * pool.active::bigint
        GROUP BY c.user_id
    ), moved AS (
        SELECT n.user_id, n.percent, coalesce(s.percent, 0) AS before
        FROM stands n LEFT JOIN pool_standing s USING (user_id)
        WHERE n.percent <> coalesce(s.percent, 0)
    ), noted AS (
        INSERT INTO pool_standing (user_id, percent)
        SELECT user_id, percent FROM moved ORDER BY user_id
        ON CONFLICT (user_id) DO UPDATE SET percent = excluded.percent
    )
    INSERT INTO pool_jobs (user_id, level, epoch, artworks, urgent)
    SELECT m.user_id, l.percent::text, pool.epoch, l.artworks, l.urgent
    FROM moved m CROSS JOIN pool
    JOIN pool_levels l ON l.percent > m.before AND l.percent <= m.percent
    ORDER BY m.user_id, l.percent
    ON CONFLICT (user_id, level, epoch) DO NOTHING;
END $$;

-- Orders for those of whom who, at the pace of their last views, have soon seen all there is and
-- all that is on its way. The first moment of the window only says when the counting began: its
-- views are not counted, so that views which come in batches are not counted once too often.
CREATE FUNCTION order_by_pace(whom text[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    WITH pool AS MATERIALIZED (
        SELECT p.active, p.epoch,
               (SELECT coalesce(sum(artworks), 0) FROM pool_jobs
                WHERE state IN ('waiting', 'running')) AS ordered
        FROM impression_pool p
    ), forecast AS (
        SELECT f.user_id, pool.epoch, s.fewest, s.most, s.horizon_s * recent.pace AS needed,
               pool.active - f.viewed_active + pool.ordered AS ahead
        FROM user_freshness_base f
        CROSS JOIN pool CROSS JOIN pool_forecast s
        CROSS JOIN LATERAL (
            SELECT count(*) FILTER (WHERE viewed_at > first_at)
                   / extract(epoch FROM last_at - first_at) AS pace
            FROM (
                SELECT viewed_at, min(viewed_at) OVER () AS first_at,
                       max(viewed_at) OVER () AS last_at
                FROM (SELECT i.viewed_at FROM user_art_impressions i
                      WHERE i.user_id = f.user_id
                        AND i.viewed_at >= (SELECT max(viewed_at) FROM user_art_impressions
                                            WHERE user_id = f.user_id)
                                           - make_interval(secs => s.window_s)
                      ORDER BY i.viewed_at DESC LIMIT 500) AS latest
            ) AS spanned
            GROUP BY first_at, last_at
            HAVING last_at - first_at >= make_interval(secs => s.span_s)
        ) AS recent
        WHERE f.user_id = ANY (whom)
    )
    INSERT INTO pool_jobs (user_id, level, epoch, artworks, urgent)
    SELECT user_id, 'pace', epoch, least(most, greatest(fewest, ceil(needed - ahead))), true
    FROM forecast WHERE ahead < needed ORDER BY user_id
    ON CONFLICT (user_id, level, epoch) DO NOTHING;
END $$;

CREATE FUNCTION order_for_viewers() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    whom constant text[] := ARRAY(SELECT DISTINCT user_id FROM changed_rows);
BEGIN
    IF cardinality(whom) > 0 THEN
        PERFORM order_by_level(whom);
        IF TG_OP = 'INSERT' THEN
            PERFORM order_by_pace(whom);
        END IF;
    END IF;
    RETURN NULL;
END $$;

-- Only who has seen a new artwork already can be higher than before; the others are lower.
CREATE FUNCTION order_as_pool_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM order_by_level(ARRAY(
        SELECT user_id FROM pool_standing WHERE percent > 0
        UNION
        SELECT i.user_id FROM new_rows n JOIN user_art_impressions i ON i.artwork_id = n.id
    ));
    RETURN NULL;
END $$;

CREATE FUNCTION order_for_everybody() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM order_by_level(NULL);
    RETURN NULL;
END $$;

CREATE TRIGGER order_inserted AFTER INSERT ON user_art_impressions
    REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION order_for_viewers();
CREATE TRIGGER order_deleted AFTER DELETE ON user_art_impressions
    REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION order_for_viewers();
CREATE TRIGGER order_forgotten AFTER TRUNCATE ON user_art_impressions
    FOR EACH STATEMENT EXECUTE FUNCTION order_for_everybody();
CREATE TRIGGER order_added AFTER INSERT ON art_sessions
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION order_as_pool_grows();
CREATE TRIGGER order_changed AFTER UPDATE OF id, pool_status OR DELETE OR TRUNCATE ON art_sessions
    FOR EACH STATEMENT EXECUTE FUNCTION order_for_everybody();

-- Who is at a level now has crossed it already.
SELECT order_by_level(NULL);
