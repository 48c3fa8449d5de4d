CREATE TABLE volunteering_action (
    no           BIGINT PRIMARY KEY,
    id           TEXT NOT NULL UNIQUE,
    organisation TEXT NOT NULL,
    title        TEXT NOT NULL,
    about        TEXT NOT NULL,
    place        TEXT NOT NULL,
    district     TEXT NOT NULL,
    contact      TEXT NOT NULL,
    kind         TEXT NOT NULL,
    min_age      BIGINT NOT NULL,
    reason       TEXT NOT NULL,
    helps        TEXT NOT NULL DEFAULT '' -- the event that it helps
);
CREATE INDEX volunteering_action_organisation ON volunteering_action (organisation, no);

CREATE TABLE volunteering_shift (
    no        BIGINT PRIMARY KEY,
    id        TEXT NOT NULL UNIQUE,
    action    BIGINT NOT NULL,
    starts_at BIGINT NOT NULL,
    ends_at   BIGINT NOT NULL,
    needed    BIGINT NOT NULL,
    is_off    BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE INDEX volunteering_shift_action ON volunteering_shift (action, starts_at);
CREATE INDEX volunteering_shift_ends ON volunteering_shift (ends_at, no);

-- Who is to come. Of a person's age only the class is kept that the rules ask for.
CREATE TABLE volunteering_coming (
    shift   BIGINT NOT NULL,
    account TEXT NOT NULL,
    name    TEXT NOT NULL,
    class   TEXT NOT NULL,
    at      BIGINT NOT NULL,
    asked   BOOLEAN NOT NULL DEFAULT FALSE, -- whether they come at the new time too
    PRIMARY KEY (shift, account)
);
CREATE INDEX volunteering_coming_account ON volunteering_coming (account, shift);

-- Volunteers' books: lines are added and never changed.
CREATE TABLE volunteering_entry (
    no           BIGINT PRIMARY KEY,
    id           TEXT NOT NULL UNIQUE,
    account      TEXT NOT NULL,
    shift        TEXT NOT NULL,
    organisation TEXT NOT NULL,
    minutes      BIGINT NOT NULL,
    step         TEXT NOT NULL,
    by_account   TEXT NOT NULL,
    against      TEXT NOT NULL DEFAULT '',
    at           BIGINT NOT NULL
);
CREATE INDEX volunteering_entry_account ON volunteering_entry (account, no);
CREATE INDEX volunteering_entry_shift ON volunteering_entry (shift, no);
CREATE UNIQUE INDEX volunteering_entry_against ON volunteering_entry (against) WHERE against <> '';
-- What waits for a coordinator, and what was signed, of an action's shifts is found by shift; of an organisation by its stated lines.
CREATE INDEX volunteering_entry_stated ON volunteering_entry (organisation, no) WHERE step = 'stated';
CREATE INDEX volunteering_entry_by ON volunteering_entry (by_account, no);

-- For the public table of hours, which adds up a month at a time.
CREATE INDEX volunteering_entry_at ON volunteering_entry (at);
