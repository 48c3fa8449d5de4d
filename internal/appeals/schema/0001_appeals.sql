-- What somebody asks of a body. A draft waits for its address to be confirmed and has no number yet. applicant is an
-- account, or a reader of notifications who has none; '' once they have left. body is the one that has the first of the
-- open cases; it orders lists, as does state. older is its number in the system from which it was taken. mark is the
-- address of the applicant under salt, so that nobody joins their own.
CREATE TABLE appeals_appeal (
    no          BIGINT PRIMARY KEY,
    id          TEXT NOT NULL UNIQUE,
    year        BIGINT NOT NULL DEFAULT 0,
    serial      BIGINT NOT NULL DEFAULT 0,
    sort        TEXT NOT NULL,
    open        BOOLEAN NOT NULL,
    lang        TEXT NOT NULL,
    title       TEXT NOT NULL,
    words       TEXT NOT NULL,
    district    TEXT NOT NULL,
    theme       TEXT NOT NULL,
    point       TEXT NOT NULL,
    address     TEXT NOT NULL,
    wished      TEXT NOT NULL,
    applicant   TEXT NOT NULL,
    by_mail     BOOLEAN NOT NULL,
    state       TEXT NOT NULL,
    body        TEXT NOT NULL DEFAULT '',
    text_state  TEXT NOT NULL,
    rule        TEXT NOT NULL DEFAULT '',
    reason      TEXT NOT NULL DEFAULT '',
    decided_at  BIGINT NOT NULL DEFAULT 0,
    written_at  BIGINT NOT NULL,
    filed_at    BIGINT NOT NULL DEFAULT 0,
    changed_at  BIGINT NOT NULL,
    older       TEXT NOT NULL DEFAULT '',
    salt        TEXT NOT NULL DEFAULT '',
    mark        TEXT NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX appeals_appeal_number ON appeals_appeal (year, serial) WHERE serial > 0;
CREATE UNIQUE INDEX appeals_appeal_older ON appeals_appeal (older) WHERE older <> '';
CREATE INDEX appeals_appeal_list ON appeals_appeal (filed_at, no) WHERE serial > 0;
CREATE INDEX appeals_appeal_state ON appeals_appeal (state, filed_at, no) WHERE serial > 0;
CREATE INDEX appeals_appeal_district ON appeals_appeal (district, filed_at, no) WHERE serial > 0;
CREATE INDEX appeals_appeal_theme ON appeals_appeal (theme, filed_at, no) WHERE serial > 0;
CREATE INDEX appeals_appeal_body ON appeals_appeal (body, filed_at, no) WHERE serial > 0;
CREATE INDEX appeals_appeal_sort ON appeals_appeal (sort, filed_at, no) WHERE serial > 0;
CREATE INDEX appeals_appeal_changed ON appeals_appeal (changed_at, no) WHERE serial > 0;
CREATE INDEX appeals_appeal_applicant ON appeals_appeal (applicant, no) WHERE applicant <> '';
CREATE INDEX appeals_appeal_moderate ON appeals_appeal (text_state, filed_at, no) WHERE serial > 0;

-- What one body has to answer of an appeal: all of it, or the part that what names. origin is the case from which it was
-- forwarded; obligation is what is owed now (internal/answers). same is the case with which it is answered together, as its
-- applicant agreed; asked_same is about which they are asked that, not_same that they said no.
CREATE TABLE appeals_case (
    no           BIGINT PRIMARY KEY,
    id           TEXT NOT NULL UNIQUE,
    appeal       TEXT NOT NULL,
    body         TEXT NOT NULL,
    what         TEXT NOT NULL,
    why          TEXT NOT NULL,
    origin       TEXT NOT NULL DEFAULT '',
    state        TEXT NOT NULL,
    person       TEXT NOT NULL DEFAULT '',
    obligation   TEXT NOT NULL,
    begun_at     BIGINT NOT NULL,
    judge_by     BIGINT NOT NULL DEFAULT 0,
    paused_until BIGINT NOT NULL DEFAULT 0,
    contested_at BIGINT NOT NULL DEFAULT 0,
    contest      TEXT NOT NULL DEFAULT '',
    word         TEXT NOT NULL DEFAULT '',
    words        TEXT NOT NULL DEFAULT '',
    closed_at    BIGINT NOT NULL DEFAULT 0,
    same         TEXT NOT NULL DEFAULT '',
    asked_same   TEXT NOT NULL DEFAULT '',
    not_same     BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE INDEX appeals_case_same ON appeals_case (same, no) WHERE same <> '';
CREATE INDEX appeals_case_appeal ON appeals_case (appeal, no);
CREATE INDEX appeals_case_body ON appeals_case (body, state, no);
CREATE INDEX appeals_case_person ON appeals_case (body, person, no) WHERE person <> '' AND state IN ('registered', 'with_body', 'paused', 'contested');
CREATE INDEX appeals_case_judge ON appeals_case (judge_by) WHERE judge_by > 0;
CREATE INDEX appeals_case_paused ON appeals_case (paused_until) WHERE paused_until > 0;
CREATE INDEX appeals_case_closed ON appeals_case (closed_at, no) WHERE closed_at > 0;

-- What a body said, the first time and once more when that was contested.
CREATE TABLE appeals_answer (
    case_no     BIGINT NOT NULL,
    no          BIGINT NOT NULL,
    at          BIGINT NOT NULL,
    outcome     TEXT NOT NULL,
    reason      TEXT NOT NULL,
    evidence    TEXT NOT NULL,
    promised_by BIGINT NOT NULL,
    PRIMARY KEY (case_no, no)
);

-- What a body asks of who filed an appeal, and what they say to it: between the two.
CREATE TABLE appeals_talk (
    case_no BIGINT NOT NULL,
    no      BIGINT NOT NULL,
    at      BIGINT NOT NULL,
    by_body BOOLEAN NOT NULL,
    words   TEXT NOT NULL,
    PRIMARY KEY (case_no, no)
);

-- What those who work on a case for its body tell one another. It never leaves the body.
CREATE TABLE appeals_note (
    case_no BIGINT NOT NULL,
    no      BIGINT NOT NULL,
    at      BIGINT NOT NULL,
    words   TEXT NOT NULL,
    PRIMARY KEY (case_no, no)
);

-- Whose an appeal is too, with a note for the body alone: of an account, or of a reader of notifications who has none. mark is their
-- address under the salt of the appeal: one voice each.
CREATE TABLE appeals_join (
    appeal  BIGINT NOT NULL,
    account TEXT NOT NULL,
    note    TEXT NOT NULL,
    at      BIGINT NOT NULL,
    mark    TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (appeal, account)
);
CREATE UNIQUE INDEX appeals_join_mark ON appeals_join (appeal, mark) WHERE mark <> '';
CREATE INDEX appeals_join_account ON appeals_join (account);

-- What waits for whoever reads the mail of an address to confirm it, by the button to which the mail leads or by its six digits: that
-- an appeal is filed, or that it is theirs too. id is known to the browser that asked and to nobody else; code is the mark of the digits.
CREATE TABLE appeals_asked (
    id     TEXT PRIMARY KEY,
    appeal BIGINT NOT NULL,
    reader TEXT NOT NULL,
    joins  BOOLEAN NOT NULL,
    mark   TEXT NOT NULL,
    note   TEXT NOT NULL,
    code   TEXT NOT NULL,
    tries  BIGINT NOT NULL DEFAULT 0,
    at     BIGINT NOT NULL
);
CREATE UNIQUE INDEX appeals_asked_mark ON appeals_asked (appeal, mark);
CREATE INDEX appeals_asked_reader ON appeals_asked (reader);
CREATE INDEX appeals_asked_at ON appeals_asked (at);

-- Where an appeal has legal force, as the city's administrators say.
CREATE TABLE appeals_channel (
    no      BIGINT PRIMARY KEY,
    name    TEXT NOT NULL,
    address TEXT NOT NULL
);

-- What a body begins answers with that are often alike.
CREATE TABLE appeals_template (
    id    TEXT PRIMARY KEY,
    body  TEXT NOT NULL,
    name  TEXT NOT NULL,
    words TEXT NOT NULL
);
CREATE INDEX appeals_template_body ON appeals_template (body, name);
