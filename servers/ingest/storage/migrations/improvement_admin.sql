-- How many impressions each hour has, kept by the statements that change them, and the log of who
-- looked at the dashboard. Eight groups of connections have rows of their own: a single one would
-- make each writer wait for the last one's COMMIT. Only the sums mean anything. Rows are taken by
-- hour, after the impressions' keys and the locks of the counts: in one order everywhere.
LOCK TABLE user_art_impressions IN SHARE ROW EXCLUSIVE MODE;

CREATE TABLE impression_hours (
    hour        timestamptz,
    writers     smallint,
    impressions bigint NOT NULL,
    PRIMARY KEY (hour, writers)
) WITH (fillfactor = 50);

INSERT INTO impression_hours
SELECT date_trunc('hour', viewed_at, 'UTC'), 0, count(*) FROM user_art_impressions GROUP BY 1;

CREATE FUNCTION count_hours() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO impression_hours AS h (hour, writers, impressions)
    SELECT date_trunc('hour', viewed_at, 'UTC') AS hour, pg_backend_pid() % 8,
           CASE TG_OP WHEN 'DELETE' THEN -count(*) ELSE count(*) END
    FROM changed_rows GROUP BY 1 ORDER BY 1
    ON CONFLICT (hour, writers) DO UPDATE SET impressions = h.impressions + excluded.impressions;
    RETURN NULL;
END $$;

CREATE FUNCTION forget_hours() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM impression_hours;
    RETURN NULL;
END $$;

CREATE FUNCTION move_hours() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO impression_hours AS h (hour, writers, impressions)
    SELECT hour, pg_backend_pid() % 8, sum(by)
    FROM (SELECT date_trunc('hour', viewed_at, 'UTC') AS hour, 1 AS by FROM new_rows
          UNION ALL SELECT date_trunc('hour', viewed_at, 'UTC'), -1 FROM old_rows) AS moved
    GROUP BY hour HAVING sum(by) <> 0 ORDER BY hour
    ON CONFLICT (hour, writers) DO UPDATE SET impressions = h.impressions + excluded.impressions;
    RETURN NULL;
END $$;

-- Their names come after those of the counts: triggers of one moment fire in that order.
CREATE TRIGGER hours_inserted AFTER INSERT ON user_art_impressions
    REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION count_hours();
CREATE TRIGGER hours_deleted AFTER DELETE ON user_art_impressions
    REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION count_hours();
CREATE TRIGGER hours_moved AFTER UPDATE ON user_art_impressions
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION move_hours();
CREATE TRIGGER hours_forgotten AFTER TRUNCATE ON user_art_impressions
    FOR EACH STATEMENT EXECUTE FUNCTION forget_hours();

-- The name of the admin stays; the user who was looked at is named by a keyed digest, so that an
-- erasure leaves nothing of the user here and takes no access away.
CREATE TABLE admin_accesses (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at      timestamptz NOT NULL DEFAULT now(),
    actor   text COLLATE "C",
    part    text NOT NULL,
    outcome text NOT NULL,
    about   text,
    origin  text,
    omitted integer NOT NULL DEFAULT 0
);
COMMENT ON COLUMN admin_accesses.omitted IS 'refusals before this one that were too many to keep';
CREATE INDEX admin_accesses_at_idx ON admin_accesses (at);
