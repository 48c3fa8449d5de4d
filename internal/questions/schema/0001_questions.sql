-- The questions of a thing, version by version. A frozen version is never changed.
CREATE TABLE questions_form (
    no        BIGINT PRIMARY KEY,
    owner     TEXT NOT NULL,
    name      TEXT NOT NULL,
    version   BIGINT NOT NULL,
    questions TEXT NOT NULL,
    hash      TEXT NOT NULL DEFAULT '',
    frozen_at BIGINT NOT NULL DEFAULT 0,
    UNIQUE (owner, name, version)
);

-- What one answers a form with: all the answers of an application, of one who takes part in a survey.
CREATE TABLE questions_sheet (
    no        BIGINT PRIMARY KEY,
    id        TEXT NOT NULL UNIQUE,
    form      BIGINT NOT NULL,
    about     TEXT NOT NULL UNIQUE,
    holder    TEXT NOT NULL DEFAULT '',
    open      BOOLEAN NOT NULL,
    only_some TEXT NOT NULL DEFAULT '[]',
    filings   BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX questions_sheet_holder ON questions_sheet (holder, no) WHERE holder <> '';

-- Every answer that was ever saved: the greatest version counts, the others are kept so that no word is lost.
CREATE TABLE questions_answer (
    sheet    BIGINT NOT NULL,
    question TEXT NOT NULL,
    version  BIGINT NOT NULL,
    said     TEXT NOT NULL,
    taken_of TEXT NOT NULL DEFAULT '',
    at       BIGINT NOT NULL,
    PRIMARY KEY (sheet, question, version)
);

-- Answers as they were handed in, for good: whoever reads or decides does it by one of these.
CREATE TABLE questions_filing (
    sheet   BIGINT NOT NULL,
    version BIGINT NOT NULL,
    at      BIGINT NOT NULL,
    answers TEXT NOT NULL,
    hash    TEXT NOT NULL,
    PRIMARY KEY (sheet, version)
);
