-- Panels of readers, one for each thing that applications are read for.
CREATE TABLE review_panel (
    no         BIGINT PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE,
    of         TEXT NOT NULL UNIQUE,
    stage      TEXT NOT NULL,
    rubric     TEXT NOT NULL,
    money      BIGINT NOT NULL,
    anonymous  BOOLEAN NOT NULL,
    load       BIGINT NOT NULL,
    read_by    BIGINT NOT NULL,
    meets_at   BIGINT NOT NULL,
    place      TEXT NOT NULL,
    present    TEXT NOT NULL,
    minutes    TEXT NOT NULL,
    opened_at  BIGINT NOT NULL,
    decided_at BIGINT NOT NULL
);

CREATE TABLE review_reader (
    no          BIGINT PRIMARY KEY,
    id          TEXT NOT NULL UNIQUE,
    panel       TEXT NOT NULL,
    account     TEXT NOT NULL,
    name        TEXT NOT NULL,
    belongs     TEXT NOT NULL,
    langs       TEXT NOT NULL,
    declared_at BIGINT NOT NULL,
    out_at      BIGINT NOT NULL -- taken out, or left, before the decision
);
CREATE INDEX review_reader_panel ON review_reader (panel, no);
CREATE INDEX review_reader_account ON review_reader (account, no);

CREATE TABLE review_entry (
    no       BIGINT PRIMARY KEY,
    id       TEXT NOT NULL UNIQUE,
    panel    TEXT NOT NULL,
    tick     TEXT NOT NULL UNIQUE,
    thing    TEXT NOT NULL UNIQUE,
    title    TEXT NOT NULL,
    lang     TEXT NOT NULL,
    who      TEXT NOT NULL,
    ask      BIGINT NOT NULL,
    version  BIGINT NOT NULL,
    votes    TEXT NOT NULL,
    verdict  TEXT NOT NULL,
    award    BIGINT NOT NULL,
    why      TEXT NOT NULL,
    talk     TEXT NOT NULL,
    feedback TEXT NOT NULL,
    checked  BOOLEAN NOT NULL
);
CREATE INDEX review_entry_panel ON review_entry (panel, no);

-- Who must not read what. A conflict is never taken out by whom it is about.
CREATE TABLE review_conflict (
    panel  TEXT NOT NULL,
    entry  TEXT NOT NULL,
    reader TEXT NOT NULL,
    why    TEXT NOT NULL,
    own    BOOLEAN NOT NULL,
    at     BIGINT NOT NULL,
    PRIMARY KEY (entry, reader)
);
CREATE INDEX review_conflict_panel ON review_conflict (panel, entry);

-- What the register found and whoever runs the panel lifted, with the reason.
CREATE TABLE review_lifted (
    panel  TEXT NOT NULL,
    entry  TEXT NOT NULL,
    reader TEXT NOT NULL,
    why    TEXT NOT NULL,
    reason TEXT NOT NULL,
    at     BIGINT NOT NULL,
    PRIMARY KEY (entry, reader)
);
CREATE INDEX review_lifted_panel ON review_lifted (panel, at);

-- What is given to whom to read, and what they say of it.
CREATE TABLE review_mark (
    no      BIGINT PRIMARY KEY,
    panel   TEXT NOT NULL,
    entry   TEXT NOT NULL,
    reader  TEXT NOT NULL,
    version BIGINT NOT NULL,
    marks   TEXT NOT NULL,
    reasons TEXT NOT NULL,
    comment TEXT NOT NULL,
    in_at   BIGINT NOT NULL,
    UNIQUE (entry, reader)
);
CREATE INDEX review_mark_panel ON review_mark (panel, no);
CREATE INDEX review_mark_reader ON review_mark (reader, no);

CREATE TABLE review_change (
    no      BIGINT PRIMARY KEY,
    mark    BIGINT NOT NULL,
    changed TEXT NOT NULL,
    at      BIGINT NOT NULL
);
CREATE INDEX review_change_mark ON review_change (mark, no);

-- Complaints of applicants about a decision.
CREATE TABLE review_complaint (
    no          BIGINT PRIMARY KEY,
    id          TEXT NOT NULL UNIQUE,
    panel       TEXT NOT NULL,
    entry       TEXT NOT NULL UNIQUE,
    words       TEXT NOT NULL,
    made_at     BIGINT NOT NULL,
    due         BIGINT NOT NULL,
    upheld      BOOLEAN NOT NULL,
    remedy      TEXT NOT NULL, -- what followed
    answer      TEXT NOT NULL,
    answered_at BIGINT NOT NULL
);
CREATE INDEX review_complaint_open ON review_complaint (answered_at, due, no);
CREATE INDEX review_complaint_panel ON review_complaint (panel, no);
