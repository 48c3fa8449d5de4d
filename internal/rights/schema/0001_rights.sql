-- How many saw a question, answered it, came to an end, said that it was right, or found nothing: by day, and nothing of one person's way.
CREATE TABLE rights_count (
    guide TEXT NOT NULL,
    place TEXT NOT NULL,
    what  TEXT NOT NULL,
    day   TEXT NOT NULL,
    n     BIGINT NOT NULL,
    PRIMARY KEY (guide, place, what, day)
);

-- Answers that somebody asked to be kept: sealed with the code that only they have, found by a hash of it.
CREATE TABLE rights_kept (
    id     TEXT PRIMARY KEY,
    sealed BYTEA NOT NULL,
    until  BIGINT NOT NULL
);
CREATE INDEX rights_kept_until ON rights_kept (until);
