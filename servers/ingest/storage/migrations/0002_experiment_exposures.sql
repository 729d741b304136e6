-- Who really had which variant of an experiment: the first time, once per user and experiment.
CREATE TABLE experiment_exposures (
    experiment text COLLATE "C" NOT NULL,
    user_id    text COLLATE "C" NOT NULL,
    variant    text COLLATE "C" NOT NULL,
    first_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (experiment, user_id)
);
