-- What each indicator was when the tables were read last. number is a fraction ("2/3"), '' where there is nothing to tell from or too little
-- (few). low and high are millionths.
CREATE TABLE indicators_value (
    indicator TEXT NOT NULL,
    period    TEXT NOT NULL,
    district  TEXT NOT NULL,
    number    TEXT NOT NULL,
    few       BOOLEAN NOT NULL,
    counted   BIGINT NOT NULL,
    among     BIGINT NOT NULL,
    low       BIGINT NOT NULL,
    high      BIGINT NOT NULL,
    PRIMARY KEY (indicator, district, period)
);

-- From what an indicator was computed last. inputs is JSON, the digest of each table; lacks names the table or column that is not there.
CREATE TABLE indicators_state (
    indicator TEXT PRIMARY KEY,
    revision  BIGINT NOT NULL,
    made_at   BIGINT NOT NULL,
    inputs    TEXT NOT NULL,
    lacks     TEXT NOT NULL
);

-- Values of periods that were over and became others later. was and becomes are fractions; '' is none.
CREATE TABLE indicators_change (
    no        BIGINT PRIMARY KEY,
    indicator TEXT NOT NULL,
    period    TEXT NOT NULL,
    district  TEXT NOT NULL,
    was       TEXT NOT NULL,
    becomes   TEXT NOT NULL,
    revised   BOOLEAN NOT NULL,
    at        BIGINT NOT NULL
);
CREATE INDEX indicators_change_indicator ON indicators_change (indicator, no);
