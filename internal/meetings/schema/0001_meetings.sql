CREATE TABLE meetings_meeting (
    no        BIGINT PRIMARY KEY,
    id        TEXT NOT NULL UNIQUE,
    body      TEXT NOT NULL,
    state     TEXT NOT NULL,
    starts_at BIGINT NOT NULL,
    place     TEXT NOT NULL,
    stream    TEXT NOT NULL,
    recorded  TEXT NOT NULL,
    present   TEXT NOT NULL,
    members   BIGINT NOT NULL,
    needed    BIGINT NOT NULL,
    sequence  BIGINT NOT NULL,
    reason    TEXT NOT NULL,
    -- When a meeting was written last, for calendars that follow it.
    changed_at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX meetings_meeting_body ON meetings_meeting (body, starts_at, no);
CREATE INDEX meetings_meeting_time ON meetings_meeting (starts_at, no);
-- Those to come and those being prepared, among many that were held; those called off, among many to come.
CREATE INDEX meetings_meeting_state ON meetings_meeting (state, starts_at, no);
CREATE INDEX meetings_meeting_body_state ON meetings_meeting (body, state, starts_at, no);

CREATE TABLE meetings_item (
    no       BIGINT PRIMARY KEY,
    id       TEXT NOT NULL UNIQUE,
    meeting  TEXT NOT NULL,
    place    BIGINT NOT NULL,
    state    TEXT NOT NULL,
    title    TEXT NOT NULL,
    origin   TEXT NOT NULL,
    reporter TEXT NOT NULL,
    minutes  BIGINT NOT NULL,
    report   BOOLEAN NOT NULL,
    next     BIGINT NOT NULL,
    -- Of a point about a draft act that came for an opinion: the day on which it came, in how many working days the opinion is to be
    -- given, and the last second of that. 0: it is about none.
    received BIGINT NOT NULL DEFAULT 0,
    days BIGINT NOT NULL DEFAULT 0,
    due BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX meetings_item_meeting ON meetings_item (meeting, place);

-- What residents ask a body to look at. Nobody else reads it before the secretary takes it.
CREATE TABLE meetings_question (
    no       BIGINT PRIMARY KEY,
    id       TEXT NOT NULL UNIQUE,
    body     TEXT NOT NULL,
    state    TEXT NOT NULL,
    account  TEXT NOT NULL,
    lang     TEXT NOT NULL,
    words    TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    item     TEXT NOT NULL,
    reason   TEXT NOT NULL
);
CREATE INDEX meetings_question_body ON meetings_question (body, state, no);
CREATE INDEX meetings_question_account ON meetings_question (account, no);
CREATE INDEX meetings_question_item ON meetings_question (item);

-- Who comes to a meeting, and who wants to speak there.
CREATE TABLE meetings_guest (
    meeting TEXT NOT NULL,
    account TEXT NOT NULL,
    speaks  BOOLEAN NOT NULL,
    PRIMARY KEY (meeting, account)
);
CREATE INDEX meetings_guest_account ON meetings_guest (account);

-- Decisions, as they were taken: a row never changes.
CREATE TABLE meetings_vote (
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
    accepted BOOLEAN NOT NULL,
    entries  BIGINT NOT NULL
);
CREATE INDEX meetings_vote_meeting ON meetings_vote (meeting, no);

-- What one of two people read off the papers of a vote, until both read the same.
CREATE TABLE meetings_entry (
    no         BIGINT PRIMARY KEY,
    item       TEXT NOT NULL,
    account    TEXT NOT NULL,
    entered_at BIGINT NOT NULL,
    ask        TEXT NOT NULL,
    present    TEXT NOT NULL,
    UNIQUE (item, account)
);
CREATE INDEX meetings_entry_account ON meetings_entry (account);
CREATE INDEX meetings_item_due ON meetings_item (due, no) WHERE due > 0;
