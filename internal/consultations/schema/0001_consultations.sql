-- Votes carry the short number of their consultation, not its ID: there are millions.
CREATE TABLE consultations_consultation (
    no             BIGINT PRIMARY KEY,
    id             TEXT NOT NULL UNIQUE,
    phase          TEXT NOT NULL,
    sort_at        BIGINT NOT NULL,
    changed_at     BIGINT NOT NULL DEFAULT 0,
    question       TEXT NOT NULL,
    context        TEXT NOT NULL,
    decision       TEXT NOT NULL,
    host           TEXT NOT NULL,
    body           TEXT NOT NULL,
    district       TEXT NOT NULL DEFAULT '',
    theme          TEXT NOT NULL DEFAULT '',
    point          TEXT NOT NULL DEFAULT '',
    audience       TEXT NOT NULL,
    moderation     TEXT NOT NULL,
    statement_max  BIGINT NOT NULL,
    answer_days    BIGINT NOT NULL,
    created_at     BIGINT NOT NULL,
    published_at   BIGINT NOT NULL DEFAULT 0,
    opens_at       BIGINT NOT NULL DEFAULT 0,
    closes_at      BIGINT NOT NULL DEFAULT 0,
    closed_at      BIGINT NOT NULL DEFAULT 0,
    answered_at    BIGINT NOT NULL DEFAULT 0,
    source         TEXT NOT NULL DEFAULT '',
    next_statement BIGINT NOT NULL DEFAULT 1,
    participants   BIGINT NOT NULL DEFAULT 0,
    votes          BIGINT NOT NULL DEFAULT 0,
    statements     BIGINT NOT NULL DEFAULT 0,
    folded_at      BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX consultations_consultation_list ON consultations_consultation (phase, sort_at, no);
CREATE INDEX consultations_consultation_district ON consultations_consultation (district, phase, sort_at, no) WHERE district <> '';
CREATE INDEX consultations_consultation_theme ON consultations_consultation (theme, phase, sort_at, no) WHERE theme <> '';
CREATE INDEX consultations_consultation_changed ON consultations_consultation (changed_at, no);
CREATE INDEX consultations_consultation_owed ON consultations_consultation (closed_at, answered_at, answer_days, phase);
CREATE INDEX consultations_consultation_body ON consultations_consultation (body, no);
CREATE INDEX consultations_consultation_host ON consultations_consultation (host, no);

CREATE TABLE consultations_participant (
    consultation BIGINT NOT NULL,
    no           BIGINT NOT NULL,
    account      TEXT NOT NULL DEFAULT '',
    token_hash   TEXT NOT NULL DEFAULT '',
    voted        BOOLEAN NOT NULL DEFAULT FALSE,
    told         BOOLEAN NOT NULL DEFAULT FALSE,
    position     BIGINT NOT NULL DEFAULT 0,
    opinion_group TEXT NOT NULL DEFAULT '',
    extra        TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (consultation, no)
);
-- One person, one participant.
CREATE UNIQUE INDEX consultations_participant_account ON consultations_participant (consultation, account) WHERE account <> '';
CREATE UNIQUE INDEX consultations_participant_token ON consultations_participant (consultation, token_hash) WHERE token_hash <> '';
CREATE INDEX consultations_participant_person ON consultations_participant (account) WHERE account <> '';

CREATE TABLE consultations_statement (
    consultation  BIGINT NOT NULL,
    no            BIGINT NOT NULL,
    author        BIGINT NOT NULL,
    official      BOOLEAN NOT NULL,
    text          TEXT NOT NULL,
    terms         TEXT NOT NULL,
    lang          TEXT NOT NULL,
    translations  TEXT NOT NULL DEFAULT '{}',
    state         TEXT NOT NULL,
    rule          TEXT NOT NULL DEFAULT '',
    reason        TEXT NOT NULL DEFAULT '',
    created_at    BIGINT NOT NULL,
    decided_at    BIGINT NOT NULL DEFAULT 0,
    decided_by    TEXT NOT NULL DEFAULT '',
    agree         BIGINT NOT NULL DEFAULT 0,
    disagree      BIGINT NOT NULL DEFAULT 0,
    pass          BIGINT NOT NULL DEFAULT 0,
    votes         BIGINT NOT NULL DEFAULT 0,
    agreement_ppm BIGINT NOT NULL DEFAULT 500000,
    dispute_ppm   BIGINT NOT NULL DEFAULT 0,
    position      BIGINT NOT NULL DEFAULT 0,
    source        TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (consultation, no)
);
CREATE INDEX consultations_statement_next ON consultations_statement (consultation, state, votes, no);
CREATE INDEX consultations_statement_queue ON consultations_statement (consultation, no) WHERE decided_at = 0;
CREATE INDEX consultations_statement_author ON consultations_statement (consultation, author, created_at);

-- Participation over time: one row for each day on which somebody voted.
CREATE TABLE consultations_day (
    consultation BIGINT NOT NULL,
    day          TEXT NOT NULL,
    votes        BIGINT NOT NULL,
    participants BIGINT NOT NULL,
    PRIMARY KEY (consultation, day)
);

-- What came to all consultations together on each day, and under '' what came on no known day.
CREATE TABLE consultations_city_day (
    day          TEXT PRIMARY KEY,
    votes        BIGINT NOT NULL,
    participants BIGINT NOT NULL,
    answered     BIGINT NOT NULL -- consultations
);

-- The sums of all those days in one row, so that the home page costs as much after ten years as in the first.
CREATE TABLE consultations_city (
    no           BIGINT PRIMARY KEY CHECK (no = 1),
    votes        BIGINT NOT NULL,
    participants BIGINT NOT NULL,
    answered     BIGINT NOT NULL
);

CREATE TABLE consultations_rescheduling (
    consultation BIGINT NOT NULL,
    at           BIGINT NOT NULL,
    transition   TEXT NOT NULL,
    was          BIGINT NOT NULL,
    becomes      BIGINT NOT NULL,
    reason       TEXT NOT NULL,
    PRIMARY KEY (consultation, at, transition)
);

CREATE TABLE consultations_answer (
    consultation BIGINT PRIMARY KEY,
    text         TEXT NOT NULL,
    person       TEXT NOT NULL,
    saved_at     BIGINT NOT NULL
);

CREATE TABLE consultations_answer_item (
    consultation BIGINT NOT NULL,
    statement    BIGINT NOT NULL,
    verdict      TEXT NOT NULL,
    reason       TEXT NOT NULL,
    whose        TEXT NOT NULL DEFAULT '',
    promised_by  BIGINT NOT NULL DEFAULT 0,
    evidence     TEXT NOT NULL DEFAULT '[]', -- addresses of pages
    version      TEXT NOT NULL DEFAULT '', -- the last public act about the statement when this was published
    PRIMARY KEY (consultation, statement)
);

-- What an import must keep beyond our own fields, to be exported again unchanged.
CREATE TABLE consultations_import (
    consultation BIGINT PRIMARY KEY,
    staged_at    BIGINT NOT NULL,
    layout       TEXT NOT NULL DEFAULT ''
);

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
    rule         TEXT NOT NULL,
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
