-- Money that a sponsor adds to gifts by a rule.
CREATE TABLE matching_pool (
    no          BIGINT PRIMARY KEY,
    id          TEXT NOT NULL UNIQUE,
    sponsor     TEXT NOT NULL,
    state       TEXT NOT NULL,
    title       TEXT NOT NULL,
    about       TEXT NOT NULL,
    rule        TEXT NOT NULL,
    money       BIGINT NOT NULL,
    cap_gift    BIGINT NOT NULL,
    cap_donor   BIGINT NOT NULL,
    cap_project BIGINT NOT NULL,
    bound       BIGINT NOT NULL,
    district    TEXT NOT NULL,
    theme       TEXT NOT NULL,
    opens_at    BIGINT NOT NULL,
    ends_at     BIGINT NOT NULL,
    closed_at   BIGINT NOT NULL DEFAULT 0,
    left_over   BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX matching_pool_state ON matching_pool (state, no);

-- A project that takes part in one; once it is closed, what it has earned.
CREATE TABLE matching_share (
    no       BIGINT PRIMARY KEY,
    id       TEXT NOT NULL UNIQUE,
    pool     TEXT NOT NULL,
    kind     TEXT NOT NULL,
    project TEXT NOT NULL,
    given    BIGINT NOT NULL DEFAULT 0,
    donors   BIGINT NOT NULL DEFAULT 0,
    earned   BIGINT NOT NULL DEFAULT 0,
    UNIQUE (pool, project)
);
CREATE INDEX matching_share_project ON matching_share (project, no);

-- The list from which it was computed.
CREATE TABLE matching_counted (
    pool     TEXT NOT NULL,
    n        BIGINT NOT NULL,
    project TEXT NOT NULL,
    donor    TEXT NOT NULL,
    given    BIGINT NOT NULL,
    amount   BIGINT NOT NULL,
    PRIMARY KEY (pool, n)
);
