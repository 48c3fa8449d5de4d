-- Calls for grants. What is frozen when a call is announced is said in its hashes, which the record holds.
CREATE TABLE grants_call (
    no           BIGINT PRIMARY KEY,
    id           TEXT NOT NULL UNIQUE,
    funder       TEXT NOT NULL,
    kind         TEXT NOT NULL,
    state        TEXT NOT NULL,
    title        TEXT NOT NULL,
    about        TEXT NOT NULL,
    money        BIGINT NOT NULL,
    most         BIGINT NOT NULL,
    own          BIGINT NOT NULL,
    opens        BIGINT NOT NULL,
    closes       BIGINT NOT NULL,
    grace        BIGINT NOT NULL,
    rules        TEXT NOT NULL,
    rubric       TEXT NOT NULL,
    anonymous    BOOLEAN NOT NULL,
    district     TEXT NOT NULL,
    theme        TEXT NOT NULL,
    form_hash    TEXT NOT NULL,
    announced_at BIGINT NOT NULL,
    decided_at   BIGINT NOT NULL,
    reasons      TEXT NOT NULL
);
CREATE INDEX grants_call_state ON grants_call (state, no);
CREATE INDEX grants_call_funder ON grants_call (funder, no);

-- Applications. Their answers are kept by questions, their documents by files.
CREATE TABLE grants_application (
    no           BIGINT PRIMARY KEY,
    id           TEXT NOT NULL UNIQUE,
    call         TEXT NOT NULL,
    applicant    TEXT NOT NULL,
    account      TEXT NOT NULL,
    state        TEXT NOT NULL,
    number       BIGINT NOT NULL,
    title        TEXT NOT NULL,
    summary      TEXT NOT NULL,
    budget       TEXT NOT NULL,
    seen         BIGINT NOT NULL,
    partners     TEXT NOT NULL,
    people       TEXT NOT NULL,
    ask          BIGINT NOT NULL,
    own          BIGINT NOT NULL,
    receipt      TEXT NOT NULL,
    submitted_at BIGINT NOT NULL,
    in_grace     BOOLEAN NOT NULL,
    lacks        TEXT NOT NULL,
    supply_until BIGINT NOT NULL,
    supplied     BOOLEAN NOT NULL,
    reason       TEXT NOT NULL,
    award        BIGINT NOT NULL,
    score        TEXT NOT NULL,
    why          TEXT NOT NULL,
    decided_at   BIGINT NOT NULL,
    changed_at   BIGINT NOT NULL, -- after the decision on its call
    changed      TEXT NOT NULL, -- why
    upheld       BOOLEAN NOT NULL, -- its complaint was
    refused_at   BIGINT NOT NULL, -- by the check for form
    handed       TEXT NOT NULL, -- what the receipt is the hash of
    UNIQUE (call, applicant)
);
CREATE INDEX grants_application_applicant ON grants_application (applicant, no);
CREATE INDEX grants_application_account ON grants_application (account, no);
CREATE UNIQUE INDEX grants_application_number ON grants_application (call, number) WHERE number > 0;

-- Complaints about the refusal of an application by the check for form.
CREATE TABLE grants_objection (
    application TEXT PRIMARY KEY,
    words       TEXT NOT NULL,
    made_at     BIGINT NOT NULL,
    due         BIGINT NOT NULL,
    upheld      BOOLEAN NOT NULL,
    answer      TEXT NOT NULL,
    answered_at BIGINT NOT NULL
);
