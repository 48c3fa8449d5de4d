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

CREATE TABLE councils_meeting (
    no        BIGINT PRIMARY KEY,
    id        TEXT NOT NULL UNIQUE,
    council   TEXT NOT NULL,
    state     TEXT NOT NULL,
    starts_at BIGINT NOT NULL,
    place     TEXT NOT NULL,
    stream    TEXT NOT NULL,
    present   TEXT NOT NULL,
    members   BIGINT NOT NULL,
    needed    BIGINT NOT NULL
);
CREATE INDEX councils_meeting_council ON councils_meeting (council, starts_at, no);
CREATE INDEX councils_meeting_time ON councils_meeting (starts_at, no);

CREATE TABLE councils_item (
    no       BIGINT PRIMARY KEY,
    id       TEXT NOT NULL UNIQUE,
    council  TEXT NOT NULL,
    meeting  TEXT NOT NULL,
    place    BIGINT NOT NULL,
    state    TEXT NOT NULL,
    title    TEXT NOT NULL,
    origin   TEXT NOT NULL,
    reporter TEXT NOT NULL,
    minutes  BIGINT NOT NULL,
    next     BIGINT NOT NULL
);
CREATE INDEX councils_item_meeting ON councils_item (meeting, place);

-- What residents ask a council to look at. Nobody else reads it before the secretary takes it.
CREATE TABLE councils_question (
    no       BIGINT PRIMARY KEY,
    id       TEXT NOT NULL UNIQUE,
    council  TEXT NOT NULL,
    state    TEXT NOT NULL,
    account  TEXT NOT NULL,
    lang     TEXT NOT NULL,
    words    TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    item     TEXT NOT NULL,
    reason   TEXT NOT NULL
);
CREATE INDEX councils_question_council ON councils_question (council, state, no);
CREATE INDEX councils_question_account ON councils_question (account, no);
CREATE INDEX councils_question_item ON councils_question (item);

-- Who comes to a meeting, and who wants to speak there.
CREATE TABLE councils_guest (
    meeting TEXT NOT NULL,
    account TEXT NOT NULL,
    speaks  BOOLEAN NOT NULL,
    PRIMARY KEY (meeting, account)
);
CREATE INDEX councils_guest_account ON councils_guest (account);

-- Decisions, as they were taken: a row never changes.
CREATE TABLE councils_vote (
    no       BIGINT PRIMARY KEY,
    id       TEXT NOT NULL UNIQUE,
    meeting  TEXT NOT NULL,
    item     TEXT NOT NULL UNIQUE,
    at       BIGINT NOT NULL,
    text     TEXT NOT NULL,
    rule     TEXT NOT NULL,
    members  BIGINT NOT NULL,
    quorum   BIGINT NOT NULL,
    needed   BIGINT NOT NULL,
    ballots  TEXT NOT NULL,
    secret   BOOLEAN NOT NULL,
    tellers  TEXT NOT NULL,
    yes      BIGINT NOT NULL,
    nay      BIGINT NOT NULL,
    abstain  BIGINT NOT NULL,
    recused  BIGINT NOT NULL,
    accepted BOOLEAN NOT NULL
);
CREATE INDEX councils_vote_meeting ON councils_vote (meeting, no);

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
