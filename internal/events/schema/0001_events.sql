CREATE TABLE events_event (
    no           BIGINT PRIMARY KEY,
    id           TEXT NOT NULL UNIQUE,
    state        TEXT NOT NULL,
    author       TEXT NOT NULL,
    title        TEXT NOT NULL,
    about        TEXT NOT NULL,
    hosts        TEXT NOT NULL,
    host_group   TEXT NOT NULL,
    place        TEXT NOT NULL,
    point        TEXT NOT NULL,
    district     TEXT NOT NULL,
    theme        TEXT NOT NULL,
    online       TEXT NOT NULL,
    audience     TEXT NOT NULL,
    languages    TEXT NOT NULL,
    access       TEXT NOT NULL,
    price        BIGINT NOT NULL,
    repeats      TEXT NOT NULL,
    terms        TEXT NOT NULL,
    certificate  BOOLEAN NOT NULL DEFAULT FALSE, -- whoever comes gets one
    reason       TEXT NOT NULL,
    rule         TEXT NOT NULL,
    refusal      TEXT NOT NULL,
    decided_at   BIGINT NOT NULL,
    decide_by    BIGINT NOT NULL DEFAULT 0, -- until when a moderator is to decide on what was suggested
    report       TEXT NOT NULL,
    figures      TEXT NOT NULL DEFAULT '{}', -- the numbers of the report
    heard        TEXT NOT NULL,
    paid_by      TEXT NOT NULL DEFAULT '', -- the contract of a grant
    submitted_at BIGINT NOT NULL,
    changed_at   BIGINT NOT NULL,
    uid          TEXT NOT NULL
);
CREATE INDEX events_event_state ON events_event (state, submitted_at, no);
CREATE INDEX events_event_changed ON events_event (changed_at, no);
CREATE INDEX events_event_author ON events_event (author, no);
CREATE UNIQUE INDEX events_event_uid ON events_event (uid) WHERE uid <> '';

-- Who hosts what: for the pages and calendars of one host.
CREATE TABLE events_host (
    host  TEXT NOT NULL,
    event BIGINT NOT NULL,
    PRIMARY KEY (host, event)
);
CREATE INDEX events_host_event ON events_host (event);

-- Who is asked to host an event too, and has not answered.
CREATE TABLE events_asked (
    event    BIGINT NOT NULL,
    host     TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    PRIMARY KEY (event, host)
);
CREATE INDEX events_asked_host ON events_asked (host);

-- The dates of each host in the order of their beginnings: for lists of one host among many.
CREATE TABLE events_hosted (
    host      TEXT NOT NULL,
    starts_at BIGINT NOT NULL,
    date      BIGINT NOT NULL,
    PRIMARY KEY (host, starts_at, date)
);
CREATE INDEX events_hosted_date ON events_hosted (date);

-- One row for each time. Lists read them in the order of their beginnings; what lasts longer than a day is looked up by its end.
CREATE TABLE events_date (
    no        BIGINT PRIMARY KEY,
    event     BIGINT NOT NULL,
    id        TEXT NOT NULL UNIQUE,
    of_at     BIGINT NOT NULL,
    starts_at BIGINT NOT NULL,
    ends_at   BIGINT NOT NULL,
    is_off    BOOLEAN NOT NULL,
    reason    TEXT NOT NULL,
    sequence  BIGINT NOT NULL,
    shown     BOOLEAN NOT NULL,
    lasting   BOOLEAN NOT NULL
);
CREATE INDEX events_date_event ON events_date (event, starts_at);
CREATE INDEX events_date_starts ON events_date (shown, starts_at, no);
CREATE INDEX events_date_lasting ON events_date (ends_at) WHERE lasting AND shown;

-- The programme of an event: what happens on a stage, or is shown at a stand, within one of its dates.
CREATE TABLE events_item (
    no        BIGINT PRIMARY KEY,
    id        TEXT NOT NULL UNIQUE,
    event     BIGINT NOT NULL,
    of_date   TEXT NOT NULL,
    exhibit   BOOLEAN NOT NULL,
    title     TEXT NOT NULL,
    speakers  TEXT NOT NULL,
    spot      TEXT NOT NULL,
    of_at     BIGINT NOT NULL,
    starts_at BIGINT NOT NULL,
    ends_at   BIGINT NOT NULL,
    is_off    BOOLEAN NOT NULL
);
CREATE INDEX events_item_event ON events_item (event, starts_at, no);
CREATE INDEX events_item_date ON events_item (of_date);

-- What was to be on a day, and was moved or called off: for the page of the day.
CREATE INDEX events_date_of ON events_date (shown, of_at);
