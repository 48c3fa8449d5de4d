-- The opinion map of a consultation as of an instant. snapshot is what pages show, without
-- anybody's number; memory and bursts are for the next map and for moderators. epoch grows
-- when a number in them has gone out of use: a map begun before that is not stored.
CREATE TABLE consultations_map (
    consultation BIGINT PRIMARY KEY,
    made_at      BIGINT NOT NULL DEFAULT 0,
    took         BIGINT NOT NULL DEFAULT 0,
    needs        BIGINT NOT NULL DEFAULT 0,
    epoch        BIGINT NOT NULL DEFAULT 0,
    problem      TEXT NOT NULL DEFAULT '',
    snapshot     TEXT NOT NULL DEFAULT '',
    memory       TEXT NOT NULL DEFAULT '',
    bursts       TEXT NOT NULL DEFAULT ''
);

-- Accounts that a moderator left out of the map, and why.
CREATE TABLE consultations_exclusion (
    consultation BIGINT NOT NULL,
    no           BIGINT NOT NULL,
    made_at      BIGINT NOT NULL,
    made_by      TEXT NOT NULL,
    reason       TEXT NOT NULL,
    accounts     BIGINT NOT NULL,
    votes        BIGINT NOT NULL,
    reversed_at  BIGINT NOT NULL DEFAULT 0,
    reversed_by  TEXT NOT NULL DEFAULT '',
    reversal     TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (consultation, no)
);

CREATE TABLE consultations_exclusion_member (
    consultation BIGINT NOT NULL,
    exclusion    BIGINT NOT NULL,
    participant  BIGINT NOT NULL,
    PRIMARY KEY (consultation, exclusion, participant)
);
CREATE INDEX consultations_exclusion_participant ON consultations_exclusion_member (consultation, participant);
