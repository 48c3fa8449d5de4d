-- Who has answered: in no order, and without time. Nothing here stands beside what was answered.
CREATE TABLE surveys_roll (
    survey  BIGINT NOT NULL,
    who     TEXT NOT NULL,
    account TEXT NOT NULL,                  -- '' for a browser
    PRIMARY KEY (survey, who)
);
CREATE INDEX surveys_roll_account ON surveys_roll (account, survey) WHERE account <> '';

-- Codes of letters, as hashes, and which of them were used.
CREATE TABLE surveys_code (
    survey BIGINT NOT NULL,
    hash   TEXT NOT NULL,
    used   BOOLEAN NOT NULL,
    PRIMARY KEY (survey, hash)
);

-- What was answered: under a key by chance, without time, and in no order.
CREATE TABLE surveys_answer (
    survey BIGINT NOT NULL,
    id     TEXT NOT NULL,
    source TEXT NOT NULL,
    said   TEXT NOT NULL,                   -- as survey.go packs it
    PRIMARY KEY (survey, id)
);
