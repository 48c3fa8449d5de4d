CREATE TABLE laws_law (
    code  TEXT PRIMARY KEY,
    title TEXT NOT NULL
);

CREATE TABLE laws_redaction (
    id         TEXT PRIMARY KEY,
    law        TEXT NOT NULL,
    day        TEXT NOT NULL,
    what       TEXT NOT NULL,
    source     TEXT NOT NULL,
    entered_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX laws_redaction_day ON laws_redaction (law, day);

-- What cites which article by which redaction. looked is the last redaction that somebody has read without having to change anything.
CREATE TABLE laws_cite (
    kind      TEXT NOT NULL,
    thing     TEXT NOT NULL,
    law       TEXT NOT NULL,
    article   TEXT NOT NULL,
    redaction TEXT NOT NULL,
    looked    TEXT NOT NULL,
    work      BIGINT NOT NULL,
    PRIMARY KEY (kind, thing, law, article)
);
CREATE INDEX laws_cite_law ON laws_cite (law, kind, thing);

CREATE TABLE laws_task (
    redaction TEXT NOT NULL,
    law       TEXT NOT NULL,
    kind      TEXT NOT NULL,
    thing     TEXT NOT NULL,
    due       BIGINT NOT NULL,
    done_at   BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (redaction, kind, thing)
);
CREATE INDEX laws_task_open ON laws_task (done_at, due);
CREATE INDEX laws_task_thing ON laws_task (kind, thing, law);
