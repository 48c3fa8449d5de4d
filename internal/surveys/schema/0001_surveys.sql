CREATE TABLE surveys_survey (
    no         BIGINT PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE,
    title      TEXT NOT NULL,               -- JSON, by language, as all texts of a body here
    purpose    TEXT NOT NULL,
    drawn      TEXT NOT NULL,
    body       TEXT NOT NULL,
    audience   TEXT NOT NULL,
    district   TEXT NOT NULL,
    theme      TEXT NOT NULL,
    days       BIGINT NOT NULL,
    background TEXT NOT NULL DEFAULT '[]',  -- JSON, keys of questions
    margins    TEXT NOT NULL DEFAULT '{}',  -- JSON
    before     TEXT NOT NULL DEFAULT '',
    state      TEXT NOT NULL,
    made_at    BIGINT NOT NULL,
    opened_at  BIGINT NOT NULL DEFAULT 0,
    closes_at  BIGINT NOT NULL DEFAULT 0,
    closed_at  BIGINT NOT NULL DEFAULT 0,
    counted_at BIGINT NOT NULL DEFAULT 0,
    hash       TEXT NOT NULL DEFAULT '',
    reason     TEXT NOT NULL DEFAULT '{}',
    changed_at BIGINT NOT NULL,
    invited    BIGINT NOT NULL DEFAULT 0,
    results    TEXT NOT NULL DEFAULT '',
    totals     TEXT NOT NULL DEFAULT '{}'   -- JSON
);
CREATE INDEX surveys_survey_opened ON surveys_survey (opened_at, no) WHERE opened_at > 0;
CREATE INDEX surveys_survey_state ON surveys_survey (state, closes_at, no);
CREATE INDEX surveys_survey_body ON surveys_survey (body, no);

-- What was published of one question and source.
CREATE TABLE surveys_figure (
    survey   BIGINT NOT NULL,
    place    BIGINT NOT NULL,
    figure   TEXT NOT NULL,                 -- JSON, with its question and source
    PRIMARY KEY (survey, place)
);

-- Into which themes two people put what was written to a question, and who they are.
CREATE TABLE surveys_theme (
    survey   BIGINT NOT NULL,
    question TEXT NOT NULL,
    place    BIGINT NOT NULL,
    label    TEXT NOT NULL,                 -- JSON, by language
    PRIMARY KEY (survey, question, place)
);
CREATE TABLE surveys_coder (
    survey   BIGINT NOT NULL,
    question TEXT NOT NULL,
    turn     BIGINT NOT NULL,               -- 1 or 2
    account  TEXT NOT NULL,
    PRIMARY KEY (survey, question, turn)
);
CREATE INDEX surveys_coder_account ON surveys_coder (account) WHERE account <> '';
CREATE TABLE surveys_coding (
    survey   BIGINT NOT NULL,
    question TEXT NOT NULL,
    turn     BIGINT NOT NULL,
    answer   TEXT NOT NULL,
    theme    BIGINT NOT NULL,               -- place of the theme
    PRIMARY KEY (survey, question, turn, answer)
);
