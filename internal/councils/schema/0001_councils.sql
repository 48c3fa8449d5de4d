CREATE TABLE councils_council (
    no         BIGINT PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE,
    form       TEXT NOT NULL,
    name       TEXT NOT NULL,
    about      TEXT NOT NULL,
    body       TEXT NOT NULL,
    law        TEXT NOT NULL,
    regulation TEXT NOT NULL,
    size       BIGINT NOT NULL,
    since      BIGINT NOT NULL,
    until      BIGINT NOT NULL
);

-- Who sits in a council, sat there, or will.
CREATE TABLE councils_seat (
    no           BIGINT PRIMARY KEY,
    id           TEXT NOT NULL UNIQUE,
    council      TEXT NOT NULL,
    name         TEXT NOT NULL,
    post         TEXT NOT NULL,
    side         TEXT NOT NULL,
    organisation TEXT NOT NULL,
    commission   TEXT NOT NULL,
    since        BIGINT NOT NULL,
    until        BIGINT NOT NULL,
    sex          TEXT NOT NULL,
    born         BIGINT NOT NULL,
    district     TEXT NOT NULL
);
CREATE INDEX councils_seat_council ON councils_seat (council, no);

CREATE TABLE councils_recommendation (
    no         BIGINT PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE,
    council    TEXT NOT NULL,
    meeting    TEXT NOT NULL,
    vote       TEXT NOT NULL,
    number     TEXT NOT NULL,
    text       TEXT NOT NULL,
    body       TEXT NOT NULL,
    opinion    BOOLEAN NOT NULL,
    adopted_at BIGINT NOT NULL,
    sent_at    BIGINT NOT NULL,
    UNIQUE (council, number)
);
CREATE INDEX councils_recommendation_council ON councils_recommendation (council, no);
CREATE INDEX councils_recommendation_vote ON councils_recommendation (vote);
