-- What each user has seen of the pool, kept by the statements that change it: no alert scans the
-- table. Statement triggers with transition tables see only rows that were really inserted, which
-- ON CONFLICT DO NOTHING leaves; a COPY and any other program's INSERT are counted too.
--
-- A statement appends what it changes to user_freshness_deltas, which has no index, and takes no
-- lock: counting on the spot has two writers with one user wait for each other until COMMIT, and
-- costs as much as the rows. Nor does it look up which of the artworks are in the pool.
-- fold_freshness() does, for all deltas at once, and adds them to the base; the views
-- user_freshness and freshness_histogram add what is not folded yet: they are exact at any moment.
--
-- Locks are taken in one order everywhere: the impressions' keys, then the shared advisory lock
-- 1768779873 ("imra"), then 1768779874, which one folder holds, then users by id, then buckets by
-- number. A change of the pool holds the first of them alone, and folds before it: so it sees every
-- impression, and each delta is about the pool as it is.
LOCK TABLE user_art_impressions, art_sessions IN SHARE ROW EXCLUSIVE MODE;

CREATE TABLE impression_pool (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    active integer NOT NULL,
    epoch  bigint NOT NULL DEFAULT 1
);
COMMENT ON COLUMN impression_pool.epoch IS 'one more each time the pool has grown';

CREATE TABLE user_freshness_base (
    user_id       text COLLATE "C" PRIMARY KEY,
    viewed        integer NOT NULL,
    viewed_active integer NOT NULL
) WITH (fillfactor = 80);
COMMENT ON TABLE user_freshness_base IS 'as of the last fold; user_freshness has what is true now';
COMMENT ON COLUMN user_freshness_base.viewed_active IS 'of these, artworks of the active pool';

-- One row a statement, with a user for each artwork; of a statement with more than 200 rows one row a
-- user, with that user alone. So few rows are written, and small ones: as a rule they fit into a
-- page, and are neither compressed nor kept apart. To plan parallel workers for it costs more than
-- all of its rows do.
CREATE TABLE user_freshness_deltas (
    sign     smallint NOT NULL CHECK (sign IN (1, -1)),
    users    text[] COLLATE "C" NOT NULL,
    artworks text[] COLLATE "C" NOT NULL
) WITH (
    toast_tuple_target = 8160, parallel_workers = 0,
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000
);
ALTER TABLE user_freshness_deltas
    ALTER COLUMN users SET STORAGE EXTERNAL, ALTER COLUMN artworks SET STORAGE EXTERNAL;
COMMENT ON TABLE user_freshness_deltas IS 'views that came or went and are not in the base yet';

CREATE VIEW pending_freshness AS
SELECT d.user_id, sum(d.sign)::integer AS viewed,
       coalesce(sum(d.sign) FILTER (WHERE a.id IS NOT NULL), 0)::integer AS viewed_active
FROM (SELECT sign, coalesce(own, first) AS user_id, artwork_id
      FROM (SELECT sign, users[1] AS first, unnest(users) AS own, unnest(artworks) AS artwork_id
            FROM user_freshness_deltas) AS pairs) AS d
LEFT JOIN art_sessions a ON a.id = d.artwork_id AND a.pool_status = 'active'
GROUP BY d.user_id;

CREATE VIEW user_freshness AS
SELECT user_id, sum(viewed)::integer AS viewed, sum(viewed_active)::integer AS viewed_active
FROM (SELECT * FROM user_freshness_base UNION ALL SELECT * FROM pending_freshness) AS parts
GROUP BY user_id;

-- Users by how many active artworks they have seen, as of the last fold. One set of buckets for
-- each of eight groups of connections: where counts are kept at once (predictive_pool), a single
-- row would make every writer wait for the last one's COMMIT. Only the sums mean anything.
CREATE TABLE freshness_buckets (
    viewed_active integer,
    writers       smallint,
    users         bigint NOT NULL,
    PRIMARY KEY (viewed_active, writers)
) WITH (fillfactor = 50);

-- OFFSET 0 has each user with a delta looked up by key: a plan for many would read all users.
CREATE VIEW freshness_histogram AS
WITH moved AS (
    SELECT m.viewed_active, m.users
    FROM pending_freshness p
    LEFT JOIN LATERAL (
        SELECT viewed, viewed_active FROM user_freshness_base b WHERE b.user_id = p.user_id OFFSET 0
    ) AS b ON true
    CROSS JOIN LATERAL (VALUES
        (coalesce(b.viewed_active, 0) + p.viewed_active,
         (coalesce(b.viewed, 0) + p.viewed > 0)::integer),
        (b.viewed_active, -(b.viewed > 0)::integer)
    ) AS m (viewed_active, users)
    WHERE m.users <> 0
)
SELECT viewed_active::integer AS viewed_active, sum(users)::bigint AS users
FROM (SELECT viewed_active, users FROM freshness_buckets UNION ALL SELECT * FROM moved) AS parts
GROUP BY viewed_active HAVING sum(users) <> 0;

INSERT INTO impression_pool (active)
SELECT count(*) FROM art_sessions WHERE pool_status = 'active';
INSERT INTO user_freshness_base
SELECT i.user_id, count(*), count(a.id)
FROM user_art_impressions i
LEFT JOIN art_sessions a ON a.id = i.artwork_id AND a.pool_status = 'active'
GROUP BY i.user_id;
INSERT INTO freshness_buckets
SELECT viewed_active, 0, count(*) FROM user_freshness_base GROUP BY viewed_active;

-- Adds to the base, one element for each user. READ COMMITTED.
CREATE FUNCTION add_freshness(whom text[], views integer[], active_views integer[])
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    WITH change AS (
        SELECT * FROM unnest(whom, views, active_views) AS c (user_id, viewed, viewed_active)
    ), changed AS (
        INSERT INTO user_freshness_base AS f (user_id, viewed, viewed_active)
        SELECT * FROM change ORDER BY user_id COLLATE "C"
        ON CONFLICT (user_id) DO UPDATE
        SET viewed = f.viewed + excluded.viewed,
            viewed_active = f.viewed_active + excluded.viewed_active
        RETURNING f.*
    ), moved AS (
        SELECT viewed_active AS bucket, 1 AS users FROM changed WHERE viewed > 0
        UNION ALL
        SELECT n.viewed_active - c.viewed_active, -1
        FROM changed n JOIN change c USING (user_id) WHERE n.viewed > c.viewed
    )
    INSERT INTO freshness_buckets AS b (viewed_active, writers, users)
    SELECT bucket, pg_backend_pid() % 8, sum(users)
    FROM moved GROUP BY bucket HAVING sum(users) <> 0 ORDER BY bucket
    ON CONFLICT (viewed_active, writers) DO UPDATE SET users = b.users + excluded.users;
END $$;

-- Adds deltas to the base, all or a number of them, and returns how many; 0 while somebody else
-- does, or while the pool changes. The series adds no row: with it the planner expects many views of
-- a delta and hashes the pool; else it expects ten and hashes the views, which takes up to twice as
-- long. It would also compile such a plan, for longer than the plan runs.
CREATE FUNCTION fold_freshness(at_most integer DEFAULT NULL) RETURNS integer
LANGUAGE plpgsql SET plan_cache_mode = force_custom_plan SET jit = off AS $$
DECLARE
    whom text[];
    views integer[];
    active_views integer[];
    folded integer;
BEGIN
    IF NOT EXISTS (SELECT FROM user_freshness_deltas)
       OR NOT pg_try_advisory_xact_lock_shared(1768779873)
       OR NOT pg_try_advisory_xact_lock(1768779874) THEN
        RETURN 0;
    END IF;
    WITH taken AS (
        DELETE FROM user_freshness_deltas d
        USING (SELECT ctid FROM user_freshness_deltas LIMIT at_most) AS first
        WHERE d.ctid = first.ctid
        RETURNING d.*
    ), change AS (
        SELECT d.user_id, sum(d.sign)::integer AS viewed,
               coalesce(sum(d.sign) FILTER (WHERE a.id IS NOT NULL), 0)::integer AS viewed_active
        FROM (SELECT sign, coalesce(own, first) AS user_id, artwork_id
              FROM (SELECT sign, users[1] AS first, unnest(users) AS own,
                           unnest(artworks) AS artwork_id, generate_series(1, cardinality(artworks))
                    FROM taken) AS pairs) AS d
        LEFT JOIN art_sessions a ON a.id = d.artwork_id AND a.pool_status = 'active'
        GROUP BY d.user_id
    )
    SELECT array_agg(user_id), array_agg(viewed), array_agg(viewed_active),
           (SELECT count(*) FROM taken)
    INTO whom, views, active_views, folded FROM change;
    PERFORM add_freshness(whom, views, active_views);
    RETURN folded;
END $$;

-- With an argument it counts at once, and there are no deltas.
CREATE FUNCTION count_impressions() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    sign constant integer := CASE TG_OP WHEN 'DELETE' THEN -1 ELSE 1 END;
    changed constant bigint := (SELECT count(*) FROM changed_rows);
BEGIN
    IF changed = 0 THEN
        RETURN NULL;
    END IF;
    PERFORM pg_advisory_xact_lock_shared(1768779873);
    IF TG_NARGS = 0 THEN
        IF changed <= 200 THEN
            INSERT INTO user_freshness_deltas
            SELECT sign, array_agg(user_id), array_agg(artwork_id) FROM changed_rows;
        ELSE
            INSERT INTO user_freshness_deltas
            SELECT sign, ARRAY[user_id], array_agg(artwork_id) FROM changed_rows GROUP BY user_id;
        END IF;
    ELSE
        PERFORM add_freshness(array_agg(user_id), array_agg(viewed), array_agg(viewed_active))
        FROM (SELECT r.user_id, sign * count(*)::integer AS viewed,
                     sign * count(a.id)::integer AS viewed_active
              FROM changed_rows r
              LEFT JOIN art_sessions a ON a.id = r.artwork_id AND a.pool_status = 'active'
              GROUP BY r.user_id) AS change;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION forget_impressions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(1768779874);
    DELETE FROM user_freshness_deltas;
    DELETE FROM user_freshness_base;
    DELETE FROM freshness_buckets;
    RETURN NULL;
END $$;

CREATE FUNCTION refuse_new_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.user_id, NEW.artwork_id) IS DISTINCT FROM (OLD.user_id, OLD.artwork_id) THEN
        RAISE EXCEPTION 'an impression keeps its user and its artwork: delete it, insert another';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION hold_pool() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(1768779873);
    PERFORM pg_advisory_xact_lock(1768779874);
    PERFORM fold_freshness();
    RETURN NULL;
END $$;

CREATE FUNCTION count_pool() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    came text[] := '{}';
    went text[] := '{}';
    whom text[];
    by_how_many integer[];
BEGIN
    IF TG_OP <> 'DELETE' THEN
        came := ARRAY(SELECT id FROM new_rows WHERE pool_status = 'active');
    END IF;
    IF TG_OP <> 'INSERT' THEN
        went := ARRAY(SELECT id FROM old_rows WHERE pool_status = 'active');
    END IF;
    IF TG_OP = 'UPDATE' THEN
        SELECT ARRAY(SELECT unnest(came) EXCEPT SELECT unnest(went)),
               ARRAY(SELECT unnest(went) EXCEPT SELECT unnest(came)) INTO came, went;
    END IF;
    IF cardinality(came) + cardinality(went) = 0 THEN
        RETURN NULL;
    END IF;
    WITH shift AS (
        SELECT unnest(came) AS id, 1 AS by UNION ALL SELECT unnest(went), -1
    )
    SELECT array_agg(user_id), array_agg(by) INTO whom, by_how_many
    FROM (SELECT i.user_id, sum(s.by)::integer AS by
          FROM shift s JOIN user_art_impressions i ON i.artwork_id = s.id COLLATE "C"
          GROUP BY i.user_id HAVING sum(s.by) <> 0) AS change;
    PERFORM add_freshness(whom, array_fill(0, ARRAY[coalesce(cardinality(whom), 0)]), by_how_many);
    UPDATE impression_pool
    SET active = active + cardinality(came) - cardinality(went),
        epoch = epoch + (cardinality(came) > 0)::integer;
    RETURN NULL;
END $$;

CREATE FUNCTION empty_pool() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE impression_pool SET active = 0;
    UPDATE user_freshness_base SET viewed_active = 0;
    DELETE FROM freshness_buckets;
    INSERT INTO freshness_buckets
    SELECT 0, 0, count(*) FROM user_freshness_base WHERE viewed > 0;
    RETURN NULL;
END $$;

CREATE TRIGGER count_inserted AFTER INSERT ON user_art_impressions
    REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION count_impressions();
CREATE TRIGGER count_deleted AFTER DELETE ON user_art_impressions
    REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION count_impressions();
CREATE TRIGGER forget_all AFTER TRUNCATE ON user_art_impressions
    FOR EACH STATEMENT EXECUTE FUNCTION forget_impressions();
CREATE TRIGGER keep_key BEFORE UPDATE OF user_id, artwork_id ON user_art_impressions
    FOR EACH ROW EXECUTE FUNCTION refuse_new_key();

CREATE TRIGGER hold_pool BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON art_sessions
    FOR EACH STATEMENT EXECUTE FUNCTION hold_pool();
CREATE TRIGGER count_added AFTER INSERT ON art_sessions
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION count_pool();
CREATE TRIGGER count_changed AFTER UPDATE ON art_sessions
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION count_pool();
CREATE TRIGGER count_removed AFTER DELETE ON art_sessions
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION count_pool();
CREATE TRIGGER empty_pool AFTER TRUNCATE ON art_sessions
    FOR EACH STATEMENT EXECUTE FUNCTION empty_pool();

-- Every difference between what is kept and what a scan finds; no row: they agree. For the night.
CREATE VIEW freshness_drift AS
WITH scanned AS (
    SELECT i.user_id, count(*) AS viewed, count(a.id) AS viewed_active
    FROM user_art_impressions i
    LEFT JOIN art_sessions a ON a.id = i.artwork_id AND a.pool_status = 'active'
    GROUP BY i.user_id
), scanned_buckets AS (
    SELECT viewed_active, count(*) AS users FROM scanned GROUP BY viewed_active
), scanned_pool AS (
    SELECT count(*) AS active FROM art_sessions WHERE pool_status = 'active'
)
SELECT 'user' AS what, coalesce(f.user_id, s.user_id) AS name,
       format('%s, %s active', f.viewed, f.viewed_active) AS kept,
       format('%s, %s active', s.viewed, s.viewed_active) AS scanned
FROM user_freshness f FULL JOIN scanned s USING (user_id)
WHERE (coalesce(f.viewed, 0), coalesce(f.viewed_active, 0))
      <> (coalesce(s.viewed, 0), coalesce(s.viewed_active, 0))
UNION ALL
SELECT 'users with that many', viewed_active::text, k.users::text, s.users::text
FROM freshness_histogram k FULL JOIN scanned_buckets s USING (viewed_active)
WHERE coalesce(k.users, 0) <> coalesce(s.users, 0)
UNION ALL
SELECT 'active pool', '', p.active::text, s.active::text
FROM scanned_pool s LEFT JOIN impression_pool p ON true WHERE p.active IS DISTINCT FROM s.active;
