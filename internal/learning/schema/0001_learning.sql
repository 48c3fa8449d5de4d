CREATE TABLE learning_course (
    no           BIGINT PRIMARY KEY,
    id           TEXT NOT NULL UNIQUE,
    organisation TEXT NOT NULL,
    version      BIGINT NOT NULL DEFAULT 0,
    title        TEXT NOT NULL,
    summary      TEXT NOT NULL,
    theme        TEXT NOT NULL DEFAULT '',
    minutes      BIGINT NOT NULL DEFAULT 0,
    published_at BIGINT NOT NULL DEFAULT 0,
    withdrawn    BIGINT NOT NULL DEFAULT 0,
    source       TEXT NOT NULL DEFAULT '{}',
    draft        TEXT NOT NULL DEFAULT 'null',
    draft_state  TEXT NOT NULL DEFAULT ''
);
CREATE INDEX learning_course_open ON learning_course (withdrawn, published_at, no);
CREATE INDEX learning_course_organisation ON learning_course (organisation, no);
CREATE INDEX learning_course_draft ON learning_course (draft_state, no);

-- Every version stays: attempts are marked by the one in which they were begun.
CREATE TABLE learning_version (
    course  BIGINT NOT NULL,
    version BIGINT NOT NULL,
    source  TEXT NOT NULL,
    at      BIGINT NOT NULL,
    PRIMARY KEY (course, version)
);

CREATE TABLE learning_attempt (
    id      TEXT PRIMARY KEY,
    no      BIGINT NOT NULL,
    course  BIGINT NOT NULL,
    version BIGINT NOT NULL,
    lang    TEXT NOT NULL,
    account TEXT NOT NULL,
    at      BIGINT NOT NULL,
    asked   TEXT NOT NULL,
    answers TEXT NOT NULL,
    correct TEXT NOT NULL
);
CREATE INDEX learning_attempt_person ON learning_attempt (account, course, no);
CREATE INDEX learning_attempt_course ON learning_attempt (course, version, no);

-- Certificates that were taken for a course.
CREATE TABLE learning_passed (
    account    TEXT NOT NULL,
    course     BIGINT NOT NULL,
    nth        BIGINT NOT NULL,
    at         BIGINT NOT NULL,
    until      BIGINT NOT NULL,
    credential TEXT NOT NULL,
    PRIMARY KEY (account, course, nth)
);
