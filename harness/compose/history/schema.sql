-- The index of a history: what SQLite and PostgreSQL both understand, one statement to a paragraph.

CREATE TABLE IF NOT EXISTS history_index (version BIGINT NOT NULL);

CREATE TABLE IF NOT EXISTS history_suites (
    digest TEXT PRIMARY KEY,
    plan TEXT NOT NULL,
    suite TEXT NOT NULL,
    started TEXT NOT NULL,
    revision TEXT NOT NULL,
    verdict TEXT NOT NULL,
    facts TEXT NOT NULL
);

CREATE TABLE IF NOT EXISTS history_cells (
    digest TEXT NOT NULL,
    number BIGINT NOT NULL,
    scenario TEXT NOT NULL,
    arm TEXT NOT NULL,
    seed TEXT NOT NULL,
    verdict TEXT NOT NULL,
    facts TEXT NOT NULL,
    PRIMARY KEY (digest, number)
);

CREATE TABLE IF NOT EXISTS history_figures (
    digest TEXT NOT NULL,
    number BIGINT NOT NULL,
    figure TEXT NOT NULL,
    value DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (digest, number, figure)
);
