CREATE TABLE drafts_draft (
    no          BIGINT PRIMARY KEY,
    id          TEXT NOT NULL UNIQUE,
    sort        TEXT NOT NULL,
    title       TEXT NOT NULL,               -- JSON, by language, as all texts of a body here
    purpose     TEXT NOT NULL,
    touched     TEXT NOT NULL,
    cost        TEXT NOT NULL,
    links       TEXT NOT NULL,               -- JSON, a list of addresses
    body        TEXT NOT NULL,
    district    TEXT NOT NULL,
    theme       TEXT NOT NULL,
    state       TEXT NOT NULL,
    version     BIGINT NOT NULL DEFAULT 1,   -- that everybody reads
    made_at     BIGINT NOT NULL,
    opened_at   BIGINT NOT NULL DEFAULT 0,
    closes_at   BIGINT NOT NULL DEFAULT 0,
    closed_at   BIGINT NOT NULL DEFAULT 0,
    reported_at BIGINT NOT NULL DEFAULT 0,
    decided_at  BIGINT NOT NULL DEFAULT 0,
    act         TEXT NOT NULL DEFAULT '',
    reason      TEXT NOT NULL DEFAULT '{}',
    changed_at  BIGINT NOT NULL
);
CREATE INDEX drafts_draft_opened ON drafts_draft (opened_at, no) WHERE opened_at > 0;
CREATE INDEX drafts_draft_state ON drafts_draft (state, closes_at, no);
CREATE INDEX drafts_draft_body ON drafts_draft (body, no);

-- What could not be read of a version, by language.
CREATE TABLE drafts_left (
    draft    BIGINT NOT NULL,
    version  BIGINT NOT NULL,
    lang     TEXT NOT NULL,
    what     TEXT NOT NULL,
    count    BIGINT NOT NULL,
    PRIMARY KEY (draft, version, lang, what)
);

CREATE TABLE drafts_paragraph (
    draft   BIGINT NOT NULL,
    version BIGINT NOT NULL,
    place   BIGINT NOT NULL,
    kind    TEXT NOT NULL,
    level   BIGINT NOT NULL,
    number  TEXT NOT NULL,
    words   TEXT NOT NULL,                   -- JSON, in both official languages
    remarks BIGINT NOT NULL DEFAULT 0,       -- that are shown
    PRIMARY KEY (draft, version, place)
);
CREATE INDEX drafts_paragraph_headings ON drafts_paragraph (draft, version, place) WHERE kind = 'heading';
CREATE INDEX drafts_paragraph_heat ON drafts_paragraph (draft, version, remarks, place) WHERE remarks > 0;

CREATE TABLE drafts_remark (
    no           BIGINT PRIMARY KEY,
    id           TEXT NOT NULL UNIQUE,
    draft        BIGINT NOT NULL,
    serial       BIGINT NOT NULL,
    place        BIGINT NOT NULL,
    sort         TEXT NOT NULL,
    lang         TEXT NOT NULL,
    quote        TEXT NOT NULL,
    words        TEXT NOT NULL,
    wording      TEXT NOT NULL,
    organisation TEXT NOT NULL,
    account      TEXT NOT NULL,
    state        TEXT NOT NULL,
    rule         TEXT NOT NULL DEFAULT '',
    reason       TEXT NOT NULL DEFAULT '',
    said_at      BIGINT NOT NULL,
    decided_at   BIGINT NOT NULL DEFAULT 0,
    decided_by   TEXT NOT NULL DEFAULT '',
    support      BIGINT NOT NULL DEFAULT 0,
    outcome      TEXT NOT NULL DEFAULT '',
    because      TEXT NOT NULL DEFAULT '{}',
    lands        BIGINT NOT NULL DEFAULT 0,
    UNIQUE (draft, serial)
);
CREATE INDEX drafts_remark_place ON drafts_remark (draft, place, support, no);
CREATE INDEX drafts_remark_account ON drafts_remark (account, no);
CREATE INDEX drafts_remark_queue ON drafts_remark (said_at, no) WHERE decided_at = 0 AND state = 'shown';
CREATE INDEX drafts_remark_weigh ON drafts_remark (draft, no) WHERE outcome = '' AND state = 'shown';
CREATE INDEX drafts_remark_lands ON drafts_remark (draft, lands) WHERE lands > 0;

CREATE TABLE drafts_support (
    remark  BIGINT NOT NULL,
    account TEXT NOT NULL,
    at      BIGINT NOT NULL,
    PRIMARY KEY (remark, account)
);
CREATE INDEX drafts_support_account ON drafts_support (account, remark);
