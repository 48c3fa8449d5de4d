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

-- Guides as lawyers of the city wrote them: proposed by one, published by another. The latest published one counts; without one, that of the program.
CREATE TABLE rights_version (
    no         BIGINT PRIMARY KEY,
    guide      TEXT NOT NULL,
    version    BIGINT NOT NULL,          -- of the guide, from 1, once it is published
    state      TEXT NOT NULL,
    title      TEXT NOT NULL,
    source     TEXT NOT NULL,
    why        TEXT NOT NULL,
    author     TEXT NOT NULL,            -- accounts; "" once they have left
    reviewer   TEXT NOT NULL,
    made_at    BIGINT NOT NULL,
    decided_at BIGINT NOT NULL
);
CREATE INDEX rights_version_guide ON rights_version (guide, state, version);
CREATE INDEX rights_version_state ON rights_version (state, no);
CREATE INDEX rights_version_author ON rights_version (author);
CREATE INDEX rights_version_reviewer ON rights_version (reviewer);
