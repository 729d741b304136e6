-- Removes all that is kept of one user, and nothing else, in the caller's transaction; returns the
-- number of rows. The tables are those of this schema with a column user_id: one that is added later
-- is found as well. Impressions go first: their triggers write to other tables. What is counted of
-- them and not added up yet is added up before the counts of the user go, in the order of locks that
-- is kept everywhere (1768779873 and 1768779874 are those of the counts).
CREATE FUNCTION erase_user(whom text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    place record;
    erased bigint;
    total bigint := 0;
    is_last boolean;
BEGIN
    FOREACH is_last IN ARRAY ARRAY[false, true] LOOP
        FOR place IN
            SELECT c.relname AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
            WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
              AND NOT c.relispartition AND a.attname = 'user_id' AND NOT a.attisdropped
            ORDER BY c.relname <> 'user_art_impressions', c.relname COLLATE "C"
        LOOP
            EXECUTE format('DELETE FROM %I WHERE user_id = $1', place.name) USING whom;
            GET DIAGNOSTICS erased = ROW_COUNT;
            IF is_last AND erased > 0 THEN
                RAISE EXCEPTION 'something writes to % for the user who is erased', place.name;
            END IF;
            total := total + erased;
            IF place.name = 'user_art_impressions' AND to_regclass('user_freshness_deltas') IS NOT NULL
            THEN
                PERFORM pg_advisory_xact_lock_shared(1768779873);
                PERFORM pg_advisory_xact_lock(1768779874);
                WHILE EXISTS (SELECT FROM user_freshness_deltas WHERE whom = ANY (users)) LOOP
                    PERFORM fold_freshness();
                END LOOP;
            END IF;
        END LOOP;
    END LOOP;
    RETURN total;
END $$;
