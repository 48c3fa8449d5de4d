-- What a body owes by a date. due is 0 while the clock is paused; list_at is where it stands in
-- lists of its view: by due while it is owed, by given_at once it is given.
CREATE TABLE answers_obligation (
    no         BIGINT PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE,
    subject    TEXT NOT NULL,
    owed       TEXT NOT NULL,
    what       TEXT NOT NULL,
    origin     TEXT NOT NULL DEFAULT '',
    body       TEXT NOT NULL,
    person     TEXT NOT NULL DEFAULT '',
    district   TEXT NOT NULL DEFAULT '',
    theme      TEXT NOT NULL DEFAULT '',
    source     TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    days       BIGINT NOT NULL,
    working    BOOLEAN NOT NULL,
    pauses     TEXT NOT NULL,
    extensions TEXT NOT NULL,
    state      TEXT NOT NULL,
    due        BIGINT NOT NULL,
    given_at   BIGINT NOT NULL DEFAULT 0,
    view       TEXT NOT NULL,
    list_at    BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    confirms   BIGINT NOT NULL DEFAULT 0,
    contests   BIGINT NOT NULL DEFAULT 0,
    reminded   BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX answers_obligation_list ON answers_obligation (view, list_at, no, body); -- the body is for counting what is overdue, from the index alone
CREATE INDEX answers_obligation_body ON answers_obligation (body, view, list_at, no);
CREATE INDEX answers_obligation_district ON answers_obligation (district, view, list_at, no);
CREATE INDEX answers_obligation_theme ON answers_obligation (theme, view, list_at, no);
CREATE INDEX answers_obligation_state ON answers_obligation (view, state, list_at, no);
CREATE INDEX answers_obligation_changed ON answers_obligation (changed_at, no);
CREATE INDEX answers_obligation_subject ON answers_obligation (subject, no);
CREATE INDEX answers_obligation_origin ON answers_obligation (origin, no) WHERE origin <> '';

-- A due date that a change of the calendar moved. days are the dates that made the difference.
CREATE TABLE answers_move (
    obligation BIGINT NOT NULL,
    at         BIGINT NOT NULL,
    was        BIGINT NOT NULL,
    becomes    BIGINT NOT NULL,
    days       TEXT NOT NULL,
    PRIMARY KEY (obligation, at)
);

-- What the body said, the first time and whenever it was contested and said again.
CREATE TABLE answers_verdict (
    obligation  BIGINT NOT NULL,
    no          BIGINT NOT NULL,
    at          BIGINT NOT NULL,
    version     TEXT NOT NULL DEFAULT '',
    outcome     TEXT NOT NULL,
    whose       TEXT NOT NULL DEFAULT '',
    reason      TEXT NOT NULL,
    evidence    TEXT NOT NULL,
    promised_by BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (obligation, no)
);

-- What those who asked say to the last verdict: one word each, of an account or of a reader of
-- notifications who has none. Whose account or address is erased stays counted, nobody's and without
-- their words.
CREATE TABLE answers_reply (
    id         TEXT PRIMARY KEY,
    obligation BIGINT NOT NULL,
    verdict    BIGINT NOT NULL,
    who        TEXT NOT NULL,
    confirms   BOOLEAN NOT NULL,
    words      TEXT NOT NULL,
    at         BIGINT NOT NULL
);
CREATE UNIQUE INDEX answers_reply_one ON answers_reply (obligation, verdict, who) WHERE who <> '';
CREATE INDEX answers_reply_who ON answers_reply (who) WHERE who <> '';

-- How long each body took: n obligations with the same outcome after so many working days. Medians
-- and shares come from here, whatever the number of obligations.
CREATE TABLE answers_tally (
    body    TEXT NOT NULL,
    owed    TEXT NOT NULL,
    outcome TEXT NOT NULL,
    days    BIGINT NOT NULL,
    late    BOOLEAN NOT NULL,
    n       BIGINT NOT NULL,
    PRIMARY KEY (body, owed, outcome, days, late)
);

-- The calendar by which the due dates above were computed: one row.
CREATE TABLE answers_calendar (
    one    BIGINT PRIMARY KEY,
    digest TEXT NOT NULL,
    days   TEXT NOT NULL
);

-- How many obligations of a body are still owed by each date, so that what is overdue is counted without looking at every one.
CREATE TABLE answers_owing (
    body TEXT NOT NULL,
    due  BIGINT NOT NULL,
    n    BIGINT NOT NULL,
    PRIMARY KEY (body, due)
);
