-- What each user has seen of the pool, kept by the statements that change it: no alert scans the
-- table. Statement triggers with transition tables see only rows that were really inserted, which
-- ON CONFLICT DO NOTHING leaves; a COPY and any other program's INSERT are counted too.
--
-- Locks are taken in one order everywhere: the impressions' keys, then the shared advisory lock
-- 1768779873 ("imra"), then users by id, then buckets by number. A change of the pool holds that
-- lock alone, so it sees every impression that was counted under the old pool, and none under two.
LOCK TABLE user_art_impressions, art_sessions IN SHARE ROW EXCLUSIVE MODE;

CREATE TABLE impression_pool (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    active integer NOT NULL,
    epoch  bigint NOT NULL DEFAULT 1
);
COMMENT ON COLUMN impression_pool.epoch IS 'one more each time the pool has grown';

CREATE TABLE user_freshness (
    user_id       text COLLATE "C" PRIMARY KEY,
    viewed        integer NOT NULL,
    viewed_active integer NOT NULL
) WITH (fillfactor = 80);
COMMENT ON COLUMN user_freshness.viewed_active IS 'of these, artworks that are in the active pool';

-- Users by how many active artworks they have seen. One set of buckets for each of eight groups of
-- connections: a single row would make every writer wait for the last one's COMMIT. Only the sums
-- over the groups mean anything.
CREATE TABLE freshness_buckets (
    viewed_active integer,
    writers       smallint,
    users         bigint NOT NULL,
    PRIMARY KEY (viewed_active, writers)
) WITH (fillfactor = 50);

INSERT INTO impression_pool (active)
SELECT count(*) FROM art_sessions WHERE pool_status = 'active';
INSERT INTO user_freshness
SELECT i.user_id, count(*), count(a.id)
FROM user_art_impressions i
LEFT JOIN art_sessions a ON a.id = i.artwork_id AND a.pool_status = 'active'
GROUP BY i.user_id;
INSERT INTO freshness_buckets
SELECT viewed_active, 0, count(*) FROM user_freshness GROUP BY viewed_active;

CREATE FUNCTION count_impressions() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    sign constant integer := CASE TG_OP WHEN 'DELETE' THEN -1 ELSE 1 END;
BEGIN
    IF NOT EXISTS (SELECT FROM changed_rows) THEN
        RETURN NULL;
    END IF;
    PERFORM pg_advisory_xact_lock_shared(1768779873);
    WITH change AS (
        SELECT r.user_id, sign * count(*)::integer AS viewed,
               sign * count(a.id)::integer AS viewed_active
        FROM changed_rows r
        LEFT JOIN art_sessions a ON a.id = r.artwork_id AND a.pool_status = 'active'
        GROUP BY r.user_id
    ), changed AS (
        INSERT INTO user_freshness AS f (user_id, viewed, viewed_active)
        SELECT * FROM change ORDER BY user_id
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
    RETURN NULL;
END $$;

CREATE FUNCTION forget_impressions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM user_freshness;
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
    RETURN NULL;
END $$;

CREATE FUNCTION count_pool() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    came text[] := '{}';
    went text[] := '{}';
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
    ), change AS (
        SELECT i.user_id, sum(s.by)::integer AS viewed_active
        FROM shift s JOIN user_art_impressions i ON i.artwork_id = s.id COLLATE "C"
        GROUP BY i.user_id HAVING sum(s.by) <> 0
    ), changed AS (
        UPDATE user_freshness f SET viewed_active = f.viewed_active + c.viewed_active
        FROM change c WHERE f.user_id = c.user_id
        RETURNING f.viewed_active AS after, f.viewed_active - c.viewed_active AS before
    ), moved AS (
        SELECT after AS bucket, 1 AS users FROM changed
        UNION ALL SELECT before, -1 FROM changed
    )
    INSERT INTO freshness_buckets AS b (viewed_active, writers, users)
    SELECT bucket, pg_backend_pid() % 8, sum(users)
    FROM moved GROUP BY bucket HAVING sum(users) <> 0 ORDER BY bucket
    ON CONFLICT (viewed_active, writers) DO UPDATE SET users = b.users + excluded.users;
    UPDATE impression_pool
    SET active = active + cardinality(came) - cardinality(went),
        epoch = epoch + (cardinality(came) > 0)::integer;
    RETURN NULL;
END $$;

CREATE FUNCTION empty_pool() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE impression_pool SET active = 0;
    UPDATE user_freshness SET viewed_active = 0;
    DELETE FROM freshness_buckets;
    INSERT INTO freshness_buckets
    SELECT 0, 0, count(*) FROM user_freshness WHERE viewed > 0;
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
), kept_buckets AS (
    SELECT viewed_active, sum(users) AS users FROM freshness_buckets
    GROUP BY viewed_active HAVING sum(users) <> 0
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
FROM kept_buckets k FULL JOIN scanned_buckets s USING (viewed_active)
WHERE coalesce(k.users, 0) <> coalesce(s.users, 0)
UNION ALL
SELECT 'active pool', '', p.active::text, s.active::text
FROM scanned_pool s LEFT JOIN impression_pool p ON true WHERE p.active IS DISTINCT FROM s.active;
