-- What meetings are remembered by. A row does not change once it is approved.
CREATE TABLE minutes_minutes (
    no          BIGINT PRIMARY KEY,
    id          TEXT NOT NULL UNIQUE,
    meeting     TEXT NOT NULL UNIQUE,
    state       TEXT NOT NULL,
    heard       TEXT NOT NULL,
    until       BIGINT NOT NULL,
    approved_at BIGINT NOT NULL,
    approved_in TEXT NOT NULL,
    -- From when remarks can be made, and for how many working days: what the last day follows from. 0: not handed out.
    circulated_at BIGINT NOT NULL DEFAULT 0,
    days BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE minutes_remark (
    no      BIGINT PRIMARY KEY,
    id      TEXT NOT NULL UNIQUE,
    minutes TEXT NOT NULL,
    seat    TEXT NOT NULL,
    at      BIGINT NOT NULL,
    lang    TEXT NOT NULL,
    words   TEXT NOT NULL,
    decided TEXT NOT NULL,
    reason  TEXT NOT NULL
);
CREATE INDEX minutes_remark_minutes ON minutes_remark (minutes, no);

CREATE TABLE minutes_correction (
    no      BIGINT PRIMARY KEY,
    id      TEXT NOT NULL UNIQUE,
    minutes TEXT NOT NULL,
    at      BIGINT NOT NULL,
    text    TEXT NOT NULL
);
CREATE INDEX minutes_correction_minutes ON minutes_correction (minutes, no);
