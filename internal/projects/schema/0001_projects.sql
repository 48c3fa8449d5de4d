-- What is done together. evidence, versions, changes and goals are JSON lists: of what it follows from, of the agreement's texts with who signed them, of what was
-- changed, and of indicators with what was measured.
CREATE TABLE projects_project (
    no         BIGINT PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE,
    state      TEXT NOT NULL,
    title      TEXT NOT NULL,
    problem    TEXT NOT NULL,
    goal       TEXT NOT NULL,
    first_goal TEXT NOT NULL DEFAULT '{}',
    whom       TEXT NOT NULL,
    evidence   TEXT NOT NULL DEFAULT '[]',
    district   TEXT NOT NULL,
    theme      TEXT NOT NULL,
    starts     TEXT NOT NULL,
    ends       TEXT NOT NULL,
    first_end  TEXT NOT NULL,
    versions   TEXT NOT NULL DEFAULT '[]',
    changes    TEXT NOT NULL DEFAULT '[]',
    goals      TEXT NOT NULL DEFAULT '[]',
    locked     TEXT NOT NULL DEFAULT '',
    why        TEXT NOT NULL DEFAULT '{}',
    lesson     TEXT NOT NULL DEFAULT '{}',
    made_at    BIGINT NOT NULL,
    agreed_at  BIGINT NOT NULL DEFAULT 0,
    begun_at   BIGINT NOT NULL DEFAULT 0,
    ended_at   BIGINT NOT NULL DEFAULT 0,
    looked_at  BIGINT NOT NULL DEFAULT 0,
    changed_at BIGINT NOT NULL
);
CREATE INDEX projects_project_list ON projects_project (agreed_at, no);
CREATE INDEX projects_project_state ON projects_project (state, changed_at, no);
CREATE INDEX projects_project_changed ON projects_project (changed_at, no);
CREATE INDEX projects_project_ended ON projects_project (ended_at, no);

CREATE TABLE projects_partner (
    project      BIGINT NOT NULL,
    organisation TEXT NOT NULL,
    role         TEXT NOT NULL,
    place        BIGINT NOT NULL,
    PRIMARY KEY (project, organisation)
);
CREATE INDEX projects_partner_organisation ON projects_partner (organisation, project);

-- rounds is a JSON list: each claim with what was answered to it.
CREATE TABLE projects_milestone (
    no        BIGINT PRIMARY KEY,
    id        TEXT NOT NULL UNIQUE,
    project   BIGINT NOT NULL,
    name      TEXT NOT NULL,
    due       TEXT NOT NULL,
    first_due TEXT NOT NULL,
    rounds    TEXT NOT NULL DEFAULT '[]'
);
CREATE INDEX projects_milestone_project ON projects_milestone (project, due, no);

-- What somebody says of a milestone: one word in each round, which they may change while it goes on.
CREATE TABLE projects_voice (
    milestone BIGINT NOT NULL,
    round     BIGINT NOT NULL,
    account   TEXT NOT NULL,
    voice     TEXT NOT NULL,
    matter    TEXT NOT NULL,
    said_at   BIGINT NOT NULL,
    PRIMARY KEY (milestone, round, account)
);
CREATE INDEX projects_voice_account ON projects_voice (account);

-- What somebody writes to their word, with pictures; shown once a moderator has looked.
CREATE TABLE projects_word (
    no         BIGINT PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE,
    milestone  BIGINT NOT NULL,
    round      BIGINT NOT NULL,
    account    TEXT NOT NULL,
    voice      TEXT NOT NULL,
    lang       TEXT NOT NULL,
    words      TEXT NOT NULL,
    text_state TEXT NOT NULL,
    rule       TEXT NOT NULL DEFAULT '',
    reason     TEXT NOT NULL DEFAULT '',
    written_at BIGINT NOT NULL,
    decided_at BIGINT NOT NULL DEFAULT 0
);
-- One word of each; whoever erased their account is nobody, and there are many of them.
CREATE UNIQUE INDEX projects_word_one ON projects_word (milestone, round, account) WHERE account <> '';
CREATE INDEX projects_word_account ON projects_word (account);
CREATE INDEX projects_word_waiting ON projects_word (text_state, written_at, no);

-- What a side promises to give.
CREATE TABLE projects_line (
    no           BIGINT PRIMARY KEY,
    id           TEXT NOT NULL UNIQUE,
    project      BIGINT NOT NULL,
    giver        TEXT NOT NULL,
    sort         TEXT NOT NULL,
    what         TEXT NOT NULL,
    unit         TEXT NOT NULL,
    amount       BIGINT NOT NULL,
    first_amount BIGINT NOT NULL,
    rate         BIGINT NOT NULL,
    source       TEXT NOT NULL
);
CREATE INDEX projects_line_project ON projects_line (project, no);

-- What came of it. What shows it counts once, whichever project it is shown for: of what was returned counted is its own id.
CREATE TABLE projects_given (
    no         BIGINT PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE,
    line       BIGINT NOT NULL,
    giver      TEXT NOT NULL,
    amount     BIGINT NOT NULL,
    paper      TEXT NOT NULL,
    counted    TEXT NOT NULL,
    review     TEXT NOT NULL,
    reviewer   TEXT NOT NULL DEFAULT '',
    note       TEXT NOT NULL DEFAULT '{}',
    stated_at  BIGINT NOT NULL,
    decided_at BIGINT NOT NULL DEFAULT 0,
    UNIQUE (giver, counted)
);
CREATE INDEX projects_given_line ON projects_given (line, no);
